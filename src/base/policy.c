/* The two profiles, side by side. */
#include "base/policy.h"

static const h2_policy rfc = {
    .profile = H2_PROFILE_RFC,
    .strict_fields = true,
    .equal_content_length = true,
    .message_semantics = true,
    .origin_is_named = true,
    .always_huffman = false,
    .stop_at_list_size = false,
    .bound_size_updates = true,
    .settings_first = true,
    .length_at_header = true,
    .limit_per_input = false,
    .bad_preface_is_fatal = true,
    .whole_data_frames = false,
    .unknown_frames = false,
    .settings_in_order = true,
    .later_settings = true,
    .padded_upgrade = false,
    .roles_are_fixed = true,
    .forget_lazily = false,
    .promises_count = true,
    .drop_late_frames = true,
    .plain_words = true,
    .name_bounds = true,
    .goaway_drains = true,
    .drop_after_error = true,
    .begin_once = true,
    .refusals_change_nothing = true,
};

static const h2_policy python = {
    .profile = H2_PROFILE_PYTHON,
    .strict_fields = false,
    .equal_content_length = false,
    .message_semantics = false,
    .origin_is_named = false,
    .always_huffman = true,
    .stop_at_list_size = true,
    .bound_size_updates = false,
    .settings_first = false,
    .length_at_header = false,
    .limit_per_input = true,
    .bad_preface_is_fatal = false,
    .whole_data_frames = true,
    .unknown_frames = true,
    .settings_in_order = false,
    .later_settings = false,
    .padded_upgrade = true,
    .roles_are_fixed = false,
    .forget_lazily = true,
    .promises_count = false,
    .drop_late_frames = false,
    .plain_words = false,
    .name_bounds = false,
    .goaway_drains = false,
    .drop_after_error = false,
    .begin_once = false,
    .refusals_change_nothing = false,
};

const h2_policy *h2_policy_of(h2_profile profile)
{
    return profile == H2_PROFILE_PYTHON ? &python : &rfc;
}
