/* See admission.h. */
#include "serve/admission.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum {
    BUCKETS = 1024
};

struct visitor {
    struct visitor *next;
    struct admission_key key;
    size_t count;
};

struct admission {
    uv_mutex_t lock;
    size_t count, most, most_per_address;
    struct visitor *buckets[BUCKETS];
};

struct admission *admission_new(size_t most, size_t most_per_address)
{
    struct admission *const admission = calloc(1, sizeof *admission);
    if (!admission) return NULL;
    if (uv_mutex_init(&admission->lock) != 0) {
        free(admission);
        return NULL;
    }
    admission->most = most;
    admission->most_per_address = most_per_address;
    return admission;
}

void admission_free(struct admission *admission)
{
    if (!admission) return;
    for (size_t i = 0; i < BUCKETS; i++)
        while (admission->buckets[i]) {
            struct visitor *const next = admission->buckets[i]->next;
            free(admission->buckets[i]);
            admission->buckets[i] = next;
        }
    uv_mutex_destroy(&admission->lock);
    free(admission);
}

struct admission_key admission_key_of(const struct sockaddr *address)
{
    struct admission_key key = {{0}};
    if (address->sa_family == AF_INET6) {
        const struct in6_addr *const six = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        memcpy(key.octets, six->s6_addr, IN6_IS_ADDR_V4MAPPED(six) ? 16 : 8);
    } else if (address->sa_family == AF_INET) {
        const struct sockaddr_in *const four = (const struct sockaddr_in *)(const void *)address;
        key.octets[10] = key.octets[11] = 0xff;
        memcpy(key.octets + 12, &four->sin_addr, 4);
    }
    return key;
}

/* Where the visitor with this key is linked, or would be. */
static struct visitor **link_of(struct admission *admission, const struct admission_key *key)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < sizeof key->octets; i++)
        hash = (hash ^ key->octets[i]) * 16777619U;
    struct visitor **link = &admission->buckets[(hash ^ (hash >> 16)) % BUCKETS];
    while (*link && memcmp(&(*link)->key, key, sizeof *key) != 0)
        link = &(*link)->next;
    return link;
}

static bool enter(struct admission *admission, const struct admission_key *key)
{
    struct visitor **const link = link_of(admission, key);
    if (admission->count >= admission->most) return false;
    if (*link && (*link)->count >= admission->most_per_address) return false;
    if (!*link) {
        *link = calloc(1, sizeof **link);
        if (!*link) return false;
        (*link)->key = *key;
    }
    (*link)->count++;
    admission->count++;
    return true;
}

bool admission_enter(struct admission *admission, struct admission_key key)
{
    uv_mutex_lock(&admission->lock);
    const bool entered = enter(admission, &key);
    uv_mutex_unlock(&admission->lock);
    return entered;
}

void admission_leave(struct admission *admission, struct admission_key key)
{
    uv_mutex_lock(&admission->lock);
    struct visitor **const link = link_of(admission, &key);
    admission->count--;
    if (--(*link)->count == 0) {
        struct visitor *const gone = *link;
        *link = gone->next;
        free(gone);
    }
    uv_mutex_unlock(&admission->lock);
}
