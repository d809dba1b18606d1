import enum

from ._h2 import ConnectionBase
from ._h2 import H2ConnectionStateMachine as H2ConnectionStateMachine

class ConnectionState(enum.Enum):
    IDLE = 0
    CLIENT_OPEN = 1
    SERVER_OPEN = 2
    CLOSED = 3

class ConnectionInputs(enum.Enum):
    SEND_HEADERS = 0
    SEND_PUSH_PROMISE = 1
    SEND_DATA = 2
    SEND_GOAWAY = 3
    SEND_WINDOW_UPDATE = 4
    SEND_PING = 5
    SEND_SETTINGS = 6
    SEND_RST_STREAM = 7
    SEND_PRIORITY = 8
    RECV_HEADERS = 9
    RECV_PUSH_PROMISE = 10
    RECV_DATA = 11
    RECV_GOAWAY = 12
    RECV_WINDOW_UPDATE = 13
    RECV_PING = 14
    RECV_SETTINGS = 15
    RECV_RST_STREAM = 16
    RECV_PRIORITY = 17
    SEND_ALTERNATIVE_SERVICE = 18
    RECV_ALTERNATIVE_SERVICE = 19

class AllowedStreamIDs(enum.IntEnum):
    EVEN = 0
    ODD = 1

class H2Connection(ConnectionBase):
    DEFAULT_MAX_OUTBOUND_FRAME_SIZE: int
    DEFAULT_MAX_INBOUND_FRAME_SIZE: int
    HIGHEST_ALLOWED_STREAM_ID: int
    MAX_WINDOW_INCREMENT: int
    DEFAULT_MAX_HEADER_LIST_SIZE: int
    MAX_CLOSED_STREAMS: int | None
