"""How connections behave."""
from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from ._h2 import ConfigurationBase


class DummyLogger:
    """A logger that drops everything. A configuration without a logger has one of these."""

    def __init__(self, *vargs: Any) -> None:
        pass

    def debug(self, *vargs: Any, **kwargs: Any) -> None:
        """Drop a line that tells of a call."""

    def trace(self, *vargs: Any, **kwargs: Any) -> None:
        """Drop a line that tells of a frame."""


class OutputLogger:
    """A logger that prints, to stderr unless `file` is another stream."""

    def __init__(self, file: Any = None, trace_level: bool = False) -> None:
        super().__init__()
        self.file = file or sys.stderr
        self.trace_level = trace_level

    def debug(self, fmtstr: str, *args: Any) -> None:
        """Print a line that tells of a call."""
        print("h2 (debug): " + fmtstr % args, file=self.file)

    def trace(self, fmtstr: str, *args: Any) -> None:
        """Print a line that tells of a frame, if trace_level is set."""
        if self.trace_level:
            print("h2 (trace): " + fmtstr % args, file=self.file)


class H2Configuration(ConfigurationBase):
    """The options of a connection, or of several.

    :param client_side: whether connections act as client; read when they are made.
    :param header_encoding: the encoding that received headers are decoded with; ``None`` or ``False`` gives bytes.
    :param validate_outbound_headers: refuse to send field lists that RFC 9113 section 8 forbids.
    :param normalize_outbound_headers: lower-case names, strip blanks and drop connection-specific fields.
    :param split_outbound_cookies: send a cookie field for each crumb; needs ``normalize_outbound_headers``.
    :param validate_inbound_headers: treat malformed messages as errors.
    :param normalize_inbound_headers: join received cookie fields into one.
    :param logger: an object with methods ``debug`` and ``trace``, both called with a format and its arguments.
    :param limits: bounds on what a peer can make a connection hold or do, ``{name: number}``, where they shall differ from
        the defaults; ``None`` is no bound, 0 the default. The names are those of the table in libh2's SECURITY.md down to
        ``max_memory``, and ``observe_only``, which is true or false. What is crossed raises ``DenialOfServiceError``.

    All but ``client_side`` may be changed while connections use them.
    """

    def __init__(
        self,
        client_side: bool = True,
        header_encoding: bool | str | None = None,
        validate_outbound_headers: bool = True,
        normalize_outbound_headers: bool = True,
        split_outbound_cookies: bool = False,
        validate_inbound_headers: bool = True,
        normalize_inbound_headers: bool = True,
        logger: Any = None,
        *,
        limits: Mapping[str, int | None] | None = None,
    ) -> None:
        self.client_side = client_side
        self.header_encoding = header_encoding
        self.validate_outbound_headers = validate_outbound_headers
        self.normalize_outbound_headers = normalize_outbound_headers
        self.split_outbound_cookies = split_outbound_cookies
        self.validate_inbound_headers = validate_inbound_headers
        self.normalize_inbound_headers = normalize_inbound_headers
        self.logger = logger or DummyLogger(__name__)
        self.limits = limits
