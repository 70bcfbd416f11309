import datetime as dt

import pytest

from serp_radio_pipeline.ingest.property_name import NamedExport, read_file_name

DAY = dt.date(2026, 10, 31)
NAMES = {
    "https___www.demo.example_-Performance-on-Search-2026-10-31.zip": ("https://www.demo.example/", DAY),
    "https___demo.example_shop_-Performance-on-Search-2026-10-31.xlsx": ("https://demo.example/shop/", DAY),
    "http___demo-site.example_-Performance-on-Search-2026-10-31.zip": ("http://demo-site.example/", DAY),
    "demo.example-Performance-on-Search-2026-10-31.zip": ("sc-domain:demo.example", DAY),
    "Demo-Site.example-Performance-on-Search-2026-10-31 (1).zip": ("sc-domain:demo-site.example", DAY),
    "demo.example-Performance-on-Search-2026-10-31(12).zip": ("sc-domain:demo.example", DAY),
    "demo.example-Performance-on-Search-2026-10-31 - Copy.zip": ("sc-domain:demo.example", DAY),
    "C:\\Downloads\\demo.example-Performance-on-Search-2026-10-31.zip": ("sc-domain:demo.example", DAY),
    "in/demo.example-Performance-on-Search-2026-10-31.zip": ("sc-domain:demo.example", DAY),
    "demo.example-Performance-on-Search-2026-13-31.zip": ("sc-domain:demo.example", None),
    "unnamed-Performance-on-Search-2026-10-31.zip": (None, DAY),
    "Chart.csv": (None, None),
    "sales-2026-10-31.csv": (None, None),
    "": (None, None),
    "-Performance-on-Search-2026-10-31.zip": (None, None),
}


@pytest.mark.parametrize(("name", "said"), NAMES.items())
def test_a_file_name_says_property_and_day_of_export(name, said):
    assert read_file_name(name) == NamedExport(*said)
