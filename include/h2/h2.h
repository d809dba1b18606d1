/* All of libh2 in one include. */
#ifndef H2_H2_H
#define H2_H2_H

#include <h2/base.h>
#include <h2/config.h>
#include <h2/connection.h>
#include <h2/errors.h>
#include <h2/events.h>
#include <h2/fields.h>
#include <h2/hpack.h>
#include <h2/settings.h>
#include <h2/states.h>
#include <h2/version.h>

#endif
