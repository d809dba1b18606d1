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

/* What h2_fields_normalize asks for, and that it takes no less. */
static void test_the_room_for_a_changed_list(void **state)
{
    (void)state;
    static const h2_header blanks = H2_HEADER(" a ", "b"), dropped = H2_HEADER("Connection", "close");
    static const h2_header cookies[] = {H2_HEADER("cookie", "a=1"), H2_HEADER("cookie", "b=2")};
    h2_header out[2];
    char space[10];
    for (int outbound = 0; outbound < 2; outbound++) {
        size_t count = 0, used = 0;
        assert_int_equal(h2_fields_normalize(NULL, 0, outbound, false, NULL, &count, NULL, &used), H2_OK);
        assert_int_equal(count + used, 0);
    }
    size_t count = 2, used = 0;
    assert_int_equal(h2_fields_normalize(&blanks, 1, true, false, out, &count, NULL, &used), H2_OK);
    assert_int_equal(count, 1);
    assert_int_equal(out[0].name_len, 1);
    assert_int_equal(used, 0);
    count = 2;
    assert_int_equal(h2_fields_normalize(&dropped, 1, true, false, out, &count, NULL, &used), H2_OK);
    assert_int_equal(count + used, 0);
    count = 2;
    used = 7;
    assert_int_equal(h2_fields_normalize(cookies, 2, false, false, out, &count, space, &used),
                     H2_ERROR_ARGUMENT);
    assert_int_equal(count, 1);
    assert_int_equal(used, 8);
    assert_int_equal(h2_fields_normalize(cookies, 2, false, false, out, &count, space, &used), H2_OK);
    assert_memory_equal(out[0].value, "a=1; b=2", 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_room_for_a_changed_list),
        cmocka_unit_test(test_what_a_failure_tells),
        cmocka_unit_test(test_the_form_of_content_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
