"""A tenant's answers on which column is which: a log that only grows, oldest first."""

import hashlib
import json

from serp_radio_pipeline.ingest.column_answers import ColumnAnswer, ColumnAnswerError
from serp_radio_pipeline.storage.keys import column_answer_key, column_answers_prefix
from serp_radio_pipeline.storage.store import Store
from serp_radio_pipeline.tenant import Tenant

LARGEST = 100_000


def add_column_answer(store: Store, tenant: Tenant, answer: ColumnAnswer) -> None:
    """Keep an answer."""
    content = json.dumps(answer.to_json(), indent=1, ensure_ascii=False).encode()
    store.put(column_answer_key(tenant, hashlib.sha256(content).hexdigest(), answer.said_at), content)


def column_answers(store: Store, tenant: Tenant) -> tuple[ColumnAnswer, ...]:
    """Return a tenant's answers, oldest first; what is no answer is passed over, for its files are then refused."""
    answers = []
    for stored in store.list(column_answers_prefix(tenant)):
        if stored.size > LARGEST:
            continue
        try:
            answers.append(ColumnAnswer.from_json(json.loads(store.get(stored.key))))
        except (ColumnAnswerError, ValueError, RecursionError):
            continue
    return tuple(sorted(answers, key=lambda answer: (answer.said_at, answer.header)))
