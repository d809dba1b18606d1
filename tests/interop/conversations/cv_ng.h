/* What the two halves of the libnghttp2 side share. */
#ifndef H2_TEST_CV_NG_H
#define H2_TEST_CV_NG_H

#include "cv.h"

#include <nghttp2/nghttp2.h>

typedef struct ng {
    nghttp2_session *session;
    bool manual;            /* the application opens the windows */
    unsigned goaways_asked; /* and not sent yet */
    bool upgrading;         /* it reports the settings of the Upgrade, which are no frame */
    uint32_t least_window;
    bool table_asked;
    uint32_t table_size;
    bool goaway_named;
    int32_t goaway_last; /* may only fall */
    cv_list block;       /* being received */
    size_t block_room;
} ng;

const nghttp2_session_callbacks *cv_ng_callbacks(void);

#endif
