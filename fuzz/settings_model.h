/* A settings object of the caller's beside a naive model of it. */
#ifndef H2_FUZZ_SETTINGS_MODEL_H
#define H2_FUZZ_SETTINGS_MODEL_H

#include "fuzz.h"

void settings_model_run(choices *from);

#endif
