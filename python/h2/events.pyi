from collections.abc import Mapping
from typing import Any

from hpack import HeaderTuple
from hyperframe.frame import Frame

from .errors import ErrorCodes
from .settings import ChangedSetting, SettingCodes, Settings

class Event: ...

class RequestReceived(Event):
    stream_id: int
    headers: list[HeaderTuple]
    stream_ended: StreamEnded | None
    priority_updated: PriorityUpdated | None
    def __init__(self, *, stream_id: int = ..., headers: list[Any] = ..., stream_ended: StreamEnded | None = ..., priority_updated: PriorityUpdated | None = ...) -> None: ...

class ResponseReceived(Event):
    stream_id: int
    headers: list[HeaderTuple]
    stream_ended: StreamEnded | None
    priority_updated: PriorityUpdated | None
    def __init__(self, *, stream_id: int = ..., headers: list[Any] = ..., stream_ended: StreamEnded | None = ..., priority_updated: PriorityUpdated | None = ...) -> None: ...

class TrailersReceived(Event):
    stream_id: int
    headers: list[HeaderTuple]
    stream_ended: StreamEnded | None
    priority_updated: PriorityUpdated | None
    def __init__(self, *, stream_id: int = ..., headers: list[Any] = ..., stream_ended: StreamEnded | None = ..., priority_updated: PriorityUpdated | None = ...) -> None: ...

class InformationalResponseReceived(Event):
    stream_id: int
    headers: list[HeaderTuple]
    priority_updated: PriorityUpdated | None
    def __init__(self, *, stream_id: int = ..., headers: list[Any] = ..., priority_updated: PriorityUpdated | None = ...) -> None: ...

class DataReceived(Event):
    stream_id: int
    data: bytes
    flow_controlled_length: int
    stream_ended: StreamEnded | None
    def __init__(self, *, stream_id: int = ..., data: bytes = ..., flow_controlled_length: int = ..., stream_ended: StreamEnded | None = ...) -> None: ...

class WindowUpdated(Event):
    stream_id: int
    delta: int
    def __init__(self, *, stream_id: int = ..., delta: int = ...) -> None: ...

class RemoteSettingsChanged(Event):
    changed_settings: dict[SettingCodes | int, ChangedSetting]
    def __init__(self, *, changed_settings: dict[SettingCodes | int, ChangedSetting] = ...) -> None: ...
    @classmethod
    def from_settings(
        cls, old_settings: Settings | Mapping[int, int], new_settings: Mapping[int, int]
    ) -> RemoteSettingsChanged: ...

class SettingsAcknowledged(Event):
    changed_settings: dict[SettingCodes | int, ChangedSetting]
    def __init__(self, *, changed_settings: dict[SettingCodes | int, ChangedSetting] = ...) -> None: ...

class PingReceived(Event):
    ping_data: bytes
    def __init__(self, *, ping_data: bytes = ...) -> None: ...

class PingAckReceived(Event):
    ping_data: bytes
    def __init__(self, *, ping_data: bytes = ...) -> None: ...

class StreamEnded(Event):
    stream_id: int
    def __init__(self, *, stream_id: int = ...) -> None: ...

class StreamReset(Event):
    stream_id: int
    error_code: ErrorCodes | int
    remote_reset: bool
    def __init__(self, *, stream_id: int = ..., error_code: ErrorCodes | int = ..., remote_reset: bool = ...) -> None: ...

class PushedStreamReceived(Event):
    pushed_stream_id: int
    parent_stream_id: int
    headers: list[HeaderTuple]
    def __init__(self, *, pushed_stream_id: int = ..., parent_stream_id: int = ..., headers: list[Any] = ...) -> None: ...

class PriorityUpdated(Event):
    stream_id: int
    weight: int
    depends_on: int
    exclusive: bool
    def __init__(self, *, stream_id: int = ..., weight: int = ..., depends_on: int = ..., exclusive: bool = ...) -> None: ...

class ConnectionTerminated(Event):
    error_code: ErrorCodes | int
    last_stream_id: int
    additional_data: bytes | None
    def __init__(self, *, error_code: ErrorCodes | int = ..., last_stream_id: int = ..., additional_data: bytes | None = ...) -> None: ...

class AlternativeServiceAvailable(Event):
    origin: bytes | None
    field_value: bytes
    def __init__(self, *, origin: bytes | None = ..., field_value: bytes = ...) -> None: ...

class UnknownFrameReceived(Event):
    frame: Frame
    def __init__(self, *, frame: Frame = ...) -> None: ...
