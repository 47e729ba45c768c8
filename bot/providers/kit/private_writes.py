"""Keeps a change's private values out of what a system says of it: whoever writes is `private_writes`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any, TypeVar

from bot.core.private_words import private_values, values_of
from bot.domain.change import Change
from bot.providers.protocol import DeliveryItem, FieldSpec

WRITES = ("apply", "resolve_write", "deliver", "pack")

TargetClass = TypeVar("TargetClass", bound=type)


def private_writes(target: TargetClass) -> TargetClass:
    """A class decorator for targets: while one writes, the private values of the change are blanked in every error."""
    for name in WRITES:
        if name in vars(target):
            setattr(target, name, _guarded(vars(target)[name]))
    target.keeps_private = True  # type: ignore[attr-defined]
    return target


def keeps_private(target: object) -> bool:
    """Whether the target is decorated."""
    return bool(getattr(target, "keeps_private", False))


def _guarded(
    write: Callable[..., Coroutine[Any, Any, Any]],
) -> Callable[..., Coroutine[Any, Any, Any]]:
    @functools.wraps(write)
    async def guarded(self: Any, first: Change | Iterable[DeliveryItem], *more: Any, **named: Any) -> Any:
        private = frozenset(rule.key for rule in self.fields if _is_private(rule))
        with private_values(_private(first, private)):
            return await write(self, first, *more, **named)

    return guarded


def _is_private(rule: FieldSpec) -> bool:
    return rule.private


def _private(written: Change | Iterable[DeliveryItem], private: frozenset[str]) -> Iterator[object]:
    if isinstance(written, Change):
        for field in (*written.fields, *written.drift):
            if field.private or field.field in private:
                yield from (field.new, field.old)
        return
    for item in written:
        yield from _private(item.change, private)
        yield from values_of((part.values for part in item.record), private)
