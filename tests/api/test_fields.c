/* h2_fields_validate: what it tells, and what it judges beside the rules that the unit tests show. */
#include <h2/h2.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_what_a_failure_tells(void **state)
{
    (void)state;
    const h2_header fields[] = {H2_HEADER(":method", "GET"), H2_HEADER("Te", "gzip")};
    h2_error_info error;

    assert_int_equal(h2_fields_validate(fields, 2, H2_BLOCK_REQUEST, false, H2_PROFILE_RFC, &error),
                     H2_ERROR_PROTOCOL);
    assert_string_equal(error.message, "Received uppercase header name \"Te\".");
    assert_int_equal(error.status, H2_ERROR_PROTOCOL);
    assert_int_equal(error.error_code, H2_CODE_PROTOCOL_ERROR);
    assert_int_equal(error.stream_id, -1);
    assert_true(error.remote);
    assert_int_equal(h2_fields_validate(fields, 2, H2_BLOCK_REQUEST, true, H2_PROFILE_PYTHON, &error),
                     H2_ERROR_PROTOCOL);
    assert_string_equal(error.message, "Header block missing mandatory b':scheme' header");
    assert_false(error.remote);
    assert_int_equal(h2_fields_validate(fields, 2, H2_BLOCK_REQUEST, true, H2_PROFILE_RFC, &error),
                     H2_ERROR_PROTOCOL);
    assert_string_equal(error.message, "Cannot send uppercase header name \"Te\".");
    assert_int_equal(h2_fields_validate(NULL, 0, H2_BLOCK_TRAILERS, true, H2_PROFILE_RFC, NULL), H2_OK);
}

static void test_the_form_of_content_length(void **state)
{
    (void)state;
    static const h2_header good[] = {H2_HEADER(":status", "200"), H2_HEADER("content-length", "5"),
                                     H2_HEADER("content-length", "5")};
    static const h2_header bad[] = {H2_HEADER(":status", "200"), H2_HEADER("content-length", "+5")};
    static const h2_header two[] = {H2_HEADER(":status", "200"), H2_HEADER("content-length", "5"),
                                    H2_HEADER("content-length", "6")};
    h2_error_info error;

    for (int outbound = 0; outbound < 2; outbound++) {
        assert_int_equal(h2_fields_validate(good, 3, H2_BLOCK_RESPONSE, outbound, H2_PROFILE_RFC, &error),
                         H2_OK);
        assert_int_equal(h2_fields_validate(bad, 2, H2_BLOCK_RESPONSE, outbound, H2_PROFILE_RFC, &error),
                         H2_ERROR_PROTOCOL);
        assert_string_equal(error.message, "Invalid content-length header: \"+5\"");
        assert_int_equal(h2_fields_validate(two, 3, H2_BLOCK_RESPONSE, outbound, H2_PROFILE_RFC, &error),
                         H2_ERROR_PROTOCOL);
        assert_int_equal(h2_fields_validate(bad, 2, H2_BLOCK_RESPONSE, outbound, H2_PROFILE_PYTHON, &error),
                         H2_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_failure_tells),
        cmocka_unit_test(test_the_form_of_content_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
