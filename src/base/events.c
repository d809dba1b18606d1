/* Names of events, as h2.events spells them. */
#include <h2/events.h>

const char *h2_event_name(h2_event_type type)
{
    static const char *const names[] = {
        [H2_EVENT_NONE] = "None",
        [H2_EVENT_REQUEST_RECEIVED] = "RequestReceived",
        [H2_EVENT_RESPONSE_RECEIVED] = "ResponseReceived",
        [H2_EVENT_TRAILERS_RECEIVED] = "TrailersReceived",
        [H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED] = "InformationalResponseReceived",
        [H2_EVENT_DATA_RECEIVED] = "DataReceived",
        [H2_EVENT_WINDOW_UPDATED] = "WindowUpdated",
        [H2_EVENT_REMOTE_SETTINGS_CHANGED] = "RemoteSettingsChanged",
        [H2_EVENT_SETTINGS_ACKNOWLEDGED] = "SettingsAcknowledged",
        [H2_EVENT_PING_RECEIVED] = "PingReceived",
        [H2_EVENT_PING_ACK_RECEIVED] = "PingAckReceived",
        [H2_EVENT_STREAM_ENDED] = "StreamEnded",
        [H2_EVENT_STREAM_RESET] = "StreamReset",
        [H2_EVENT_PUSHED_STREAM_RECEIVED] = "PushedStreamReceived",
        [H2_EVENT_PRIORITY_UPDATED] = "PriorityUpdated",
        [H2_EVENT_CONNECTION_TERMINATED] = "ConnectionTerminated",
        [H2_EVENT_ALTERNATIVE_SERVICE_AVAILABLE] = "AlternativeServiceAvailable",
        [H2_EVENT_UNKNOWN_FRAME_RECEIVED] = "UnknownFrameReceived",
    };

    return (size_t)type < sizeof names / sizeof *names ? names[type] : NULL;
}
