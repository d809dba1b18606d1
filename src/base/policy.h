/* A profile as data: what the engine does where RFC 9113 and Python's h2 part. The two sets stand side by side in
 * policy.c; no other file asks which profile it is in. */
#ifndef H2_BASE_POLICY_H
#define H2_BASE_POLICY_H

#include <h2/config.h>

typedef struct h2_policy {
    h2_profile profile; /* only to pick the row of a table that has one for each profile */

    /* fields and messages */
    bool strict_fields; /* the octets and forms of RFC 9113 section 8.2.1; otherwise those that h2 refuses */
    bool equal_content_length; /* repeated content-length fields are compared as octets, not as numbers */
    bool
        message_semantics; /* content-length holds with END_STREAM on HEADERS, and for what is sent; some bodies may
                                  not be */
    bool origin_is_named; /* ALTSVC on stream 0 without an origin is not sent */

    /* header compression */
    bool always_huffman; /* encode strings as python's hpack does */
    bool
        stop_at_list_size; /* an oversized list ends decoding, instead of being decoded to its end unstored */
    bool bound_size_updates; /* as many as SETTINGS were sent, and at least two */

    /* frames */
    bool settings_first;                    /* the peer's first frame must be SETTINGS */
    bool length_at_header;                  /* the length is judged once the nine octets are there */
    bool limit_per_input;                   /* the frame size limit is taken once for each input */
    bool bad_preface_is_fatal;              /* it ends the connection with GOAWAY */
    bool whole_data_frames, unknown_frames; /* defaults of the configuration */

    /* settings */
    bool settings_in_order; /* an acknowledgement takes what its own SETTINGS frame proposed into force */
    bool later_settings;    /* the rules of RFC 8441 and 9218, and each of repeated values is judged */
    bool padded_upgrade;    /* HTTP2-Settings of a client must have a length that padding would give it */

    /* streams */
    bool roles_are_fixed; /* only a client opens streams with HEADERS, whatever came first */
    bool forget_lazily;   /* closed streams are held until the open ones are counted */
    bool promises_count;  /* MAX_CONCURRENT_STREAMS bounds promised streams too, from their response on */
    bool
        drop_late_frames; /* frames on a stream that we reset are dropped, on another closed one answered once */

    bool plain_words; /* errors tell streams and states in words, not as str() of h2's exceptions */

    /* the end */
    bool name_bounds;             /* GOAWAY names the bound that was crossed in its debug data */
    bool goaway_drains;           /* GOAWAY lets streams up to its last id go on */
    bool drop_after_error;        /* input behind our fatal GOAWAY is dropped unread */
    bool begin_once;              /* a conversation begins once */
    bool refusals_change_nothing; /* a call that is refused has changed nothing */
} h2_policy;

const h2_policy *h2_policy_of(h2_profile profile);

#endif
