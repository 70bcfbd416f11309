import pytest
from hypothesis import given
from hypothesis import strategies as st

from serp_radio_pipeline.tenant import Tenant, TenantError

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
slugs = st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True, alphabet=st.sampled_from(LETTERS + "-"))


def is_slug(text: str) -> bool:
    """The rule in words: 1 to 63 characters, lower-case letters, digits and hyphens, no hyphen at either end."""
    return 1 <= len(text) <= 63 and set(text) <= set(LETTERS + "-") and text[0] != "-" != text[-1]


@given(slugs)
def test_every_slug_is_a_tenant_and_reads_as_itself(slug: str) -> None:
    assert str(Tenant(slug)) == slug


@given(st.one_of(st.text(), st.text(LETTERS + "-./|_ A\n\0é٣", max_size=70)))
def test_nothing_but_a_slug_is_a_tenant(text: str) -> None:
    if is_slug(text):
        assert Tenant(text).slug == text
    else:
        with pytest.raises(TenantError):
            Tenant(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "a-",
        "-a",
        "A",
        "a b",
        "a|b",
        "../x",
        "a/b",
        "a.b",
        "a_b",
        "acme\n",
        "a\0b",
        "аcme",
        "٣",
        "ａ",
        "a" * 64,
    ],
)
def test_a_name_that_could_mean_something_else_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(TenantError, match="is not a tenant name: use 1 to 63 lower-case letters") as caught:
        Tenant(text)
    assert "\n" not in str(caught.value)


def test_a_tenant_is_text() -> None:
    with pytest.raises(TenantError):
        Tenant(7)  # type: ignore[arg-type]


def test_a_very_long_name_is_not_repeated_whole() -> None:
    with pytest.raises(TenantError) as caught:
        Tenant("x" * 100_000)
    assert len(str(caught.value)) < 250


def test_tenants_order_by_their_slug() -> None:
    assert sorted([Tenant("b"), Tenant("a-1"), Tenant("a")]) == [Tenant("a"), Tenant("a-1"), Tenant("b")]
