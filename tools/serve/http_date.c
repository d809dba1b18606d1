/* Calendar arithmetic of its own, so that neither locale nor time zone matter; see http_date.h. */
#include "serve/http_date.h"

#include <stdio.h>
#include <time.h>

static const char day_names[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char month_names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void http_date_format(int64_t seconds, char out[HTTP_DATE_SIZE])
{
    struct tm tm = {0};
    time_t when = (time_t)seconds;
    if (!gmtime_r(&when, &tm) || tm.tm_year < 1 - 1900 || tm.tm_year > 9999 - 1900) {
        when = 0;
        gmtime_r(&when, &tm);
    }
    snprintf(out, HTTP_DATE_SIZE, "%s, %02u %s %04u %02u:%02u:%02u GMT", day_names[tm.tm_wday],
             (unsigned)tm.tm_mday % 100U, month_names[tm.tm_mon], (unsigned)(tm.tm_year + 1900) % 10000U,
             (unsigned)tm.tm_hour % 100U, (unsigned)tm.tm_min % 100U, (unsigned)tm.tm_sec % 100U);
}

/* `count` digits (a leading blank counts as zero) at `at`, or -1. */
static int digits(const char *at, size_t count)
{
    int value = 0;
    for (size_t i = 0; i < count; i++) {
        if (at[i] == ' ' && i == 0 && count == 2) continue;
        if (at[i] < '0' || at[i] > '9') return -1;
        value = value * 10 + (at[i] - '0');
    }
    return value;
}

static int month_number(const char *at)
{
    for (int i = 0; i < 12; i++)
        if (memcmp(at, month_names[i], 3) == 0) return i;
    return -1;
}

/* Days from 1970-01-01 in the Gregorian calendar; month from 0. */
static int64_t days_from_civil(int64_t year, int month, int day)
{
    static const int before[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    const int64_t past = year - 1;
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    const int64_t days = past * 365 + past / 4 - past / 100 + past / 400 + before[month] + day - 1;
    return days + (leap && month > 1 ? 1 : 0) - 719162;
}

/* Where the parts of one form stand; the time is always `hh:mm:ss`. */
typedef struct date_form {
    size_t day, month, year, year_digits, time;
} date_form;

/* "08:49:37" as seconds of a day, or -1. */
static int read_clock(const char *at)
{
    const int hour = digits(at, 2), minute = digits(at + 3, 2), second = digits(at + 6, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return -1;
    return at[2] == ':' && at[5] == ':' ? (hour * 60 + minute) * 60 + second : -1;
}

static bool read_form(const char *at, const date_form *form, int64_t *seconds)
{
    const int day = digits(at + form->day, 2), month = month_number(at + form->month);
    const int clock = read_clock(at + form->time);
    int year = digits(at + form->year, form->year_digits);
    if (day < 1 || day > 31 || month < 0 || year < 0 || clock < 0) return false;
    if (form->year_digits == 2) year += year < 70 ? 2000 : 1900;
    if (year < 1) return false;
    *seconds = days_from_civil(year, month, day) * 24 * 3600 + clock;
    return true;
}

bool http_date_parse(text value, int64_t *seconds)
{
    static const date_form fixed = {5, 8, 12, 4, 17}; /* Sun, 06 Nov 1994 08:49:37 GMT */
    static const date_form rfc850 = {0, 3, 7, 2, 10}; /* 06-Nov-94 08:49:37 GMT, after the name of the day */
    static const date_form asctime = {8, 4, 20, 4, 11}; /* Sun Nov  6 08:49:37 1994 */
    value = text_trim(value);
    if (value.len == 24 && value.at[3] == ' ') return read_form(value.at, &asctime, seconds);
    if (value.len < 23 || memcmp(value.at + value.len - 4, " GMT", 4) != 0) return false;
    if (value.len == HTTP_DATE_LENGTH && value.at[3] == ',') return read_form(value.at, &fixed, seconds);
    const char *const comma = memchr(value.at, ',', value.len);
    if (!comma || comma[1] != ' ' || value.at + value.len - comma != 24) return false;
    return read_form(comma + 2, &rfc850, seconds);
}
