/* Which names of hosts are looked up. Knows nothing of sockets. */
#ifndef H2_TOOLS_HOST_H
#define H2_TOOLS_HOST_H

/* What to ask getaddrinfo for: `host`, or NULL, without AI_PASSIVE the loopback addresses, for localhost and names that
 * end in .localhost, with the root's dot or without, which are never looked up (RFC 6761 section 6.3). */
const char *host_to_look_up(const char *host);

#endif
