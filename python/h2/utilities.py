"""The rules for header fields on their own, as connections apply them."""
from __future__ import annotations

import collections
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from hpack import HeaderTuple, NeverIndexedHeaderTuple

# h2's modules import one another, and programs count on it: they import one and use another.
from . import errors, exceptions  # noqa: F401
from ._h2 import normalize, validate

_REQUEST, _RESPONSE, _TRAILERS, _PUSHED_REQUEST = range(4)


class HeaderValidationFlags(NamedTuple):
    """What kind of header block it is."""

    is_client: bool
    is_trailer: bool
    is_response_header: bool
    is_push_promise: bool


def _kinds(flags: HeaderValidationFlags) -> Iterator[int]:
    if flags.is_trailer:
        yield _TRAILERS
    if flags.is_response_header:
        yield _RESPONSE
    if not flags.is_trailer and not flags.is_response_header:
        yield _PUSHED_REQUEST if flags.is_push_promise else _REQUEST


def _validate(headers: Iterable[Any], flags: HeaderValidationFlags, outbound: bool) -> Iterator[Any]:
    kept = list(headers)
    for kind in _kinds(flags):
        validate(kept, kind, outbound)
    return iter(kept)


def validate_headers(headers: Iterable[Any], hdr_validation_flags: HeaderValidationFlags) -> Iterator[Any]:
    """The headers, if they may be received as what the flags say; otherwise ProtocolError."""
    return _validate(headers, hdr_validation_flags, False)


def validate_outbound_headers(headers: Iterable[Any], hdr_validation_flags: HeaderValidationFlags) -> Iterator[Any]:
    """The headers, if they may be sent as what the flags say; otherwise ProtocolError."""
    return _validate(headers, hdr_validation_flags, True)


def normalize_outbound_headers(
    headers: Iterable[Any],
    hdr_validation_flags: HeaderValidationFlags | None,
    should_split_outbound_cookies: bool = False,
) -> Iterator[Any]:
    """The headers as they are sent: names in lower case, blanks stripped, connection-specific fields dropped."""
    for header in headers:
        kept = type(header) if isinstance(header, HeaderTuple) else None
        for name, value, never in normalize([header], True, should_split_outbound_cookies):
            if never:
                yield NeverIndexedHeaderTuple(name, value)
            else:
                yield (name, value) if kept is None else kept(name, value)


def normalize_inbound_headers(
    headers: Iterable[Any], hdr_validation_flags: HeaderValidationFlags | None
) -> Iterator[Any]:
    """The headers as events show them: cookies joined into one field, which comes last and is never indexed."""
    headers = list(headers)
    yield from (header for header in headers if header[0] != b"cookie")
    for name, value, _ in normalize([header for header in headers if header[0] == b"cookie"], False, False):
        yield NeverIndexedHeaderTuple(name, value)


def _octets(text: Any) -> bytes:
    octets: bytes = text if isinstance(text, bytes) else text.encode("utf-8")
    return octets


def utf8_encode_headers(headers: Iterable[Any]) -> list[Any]:
    """The headers with names and values as bytes, in tuples of the class that they had."""
    encoded: list[Any] = []
    for header in headers:
        pair = (_octets(header[0]), _octets(header[1]))
        encoded.append(type(header)(*pair) if isinstance(header, HeaderTuple) else pair)
    return encoded


def extract_method_header(headers: Iterable[Any]) -> bytes | None:
    """The value of the :method field, None when there is none."""
    return next((_octets(header[1]) for header in headers if _octets(header[0]) == b":method"), None)


class SizeLimitDict(collections.OrderedDict[int, Any]):
    """A dict that drops its oldest entries when there are more than `size_limit` (None: no limit)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._size_limit = kwargs.pop("size_limit", None)
        super().__init__(*args, **kwargs)
        self._drop()

    def __setitem__(self, key: int, value: Any) -> None:
        super().__setitem__(key, value)
        self._drop()

    def _drop(self) -> None:
        while self._size_limit is not None and len(self) > self._size_limit:
            self.popitem(last=False)
