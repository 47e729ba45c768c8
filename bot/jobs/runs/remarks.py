"""Remarks on a run as a whole, kept with it. Values of texts are safe for a channel: they stand in clear."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.domain.run_remark import RunRemark, each_once
from bot.sync.codec import value_from_json, value_to_json
from storage.runs import Run


def remarks_to_json(remarks: Iterable[RunRemark]) -> list[Any]:
    """The column `runs.remarks`; what is told twice stands once."""
    return [[value_to_json(one.text), value_to_json(one.advice)] for one in each_once(remarks)]


def remarks_of(run: Run) -> list[RunRemark]:
    """What is told of a run as a whole."""
    return [RunRemark(value_from_json(text), value_from_json(advice)) for text, advice in run.remarks]
