#!/bin/bash
# `h2 get` against servers of others: nghttpd, nginx, Apache, HAProxy and Caddy, cleartext and TLS, each started
# here on a free port with a configuration of its own.
. "$(dirname "$0")/../support/tap.sh"
. "$(dirname "$0")/../support/serve.sh"
chmod 755 "$scratch"

root=$scratch/root
mkdir "$root"
large=$((20 * 1000 * 1000 / scale))
make_file "$root/empty" 0
make_file "$root/small" 1024
make_file "$root/large" $large
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 \
    -keyout "$scratch/key.pem" -out "$scratch/cert.pem" 2>/dev/null
cat "$scratch/cert.pem" "$scratch/key.pem" >"$scratch/both.pem"
chmod 644 "$scratch"/*.pem
user=$(id -un)
worker=$user
[ "$user" != root ] || worker=www-data
getent passwd "$worker" >/dev/null || worker=nobody

get() {
    timeout 60 "$H2" get --cacert "$scratch/cert.pem" "$@"
}

# launch NAME PORT COMMAND...: in the background, until the port answers.
launch() {
    local name=$1 port=$2
    shift 2
    "$@" >"$scratch/$name.log" 2>&1 &
    engine_pid=$!
    children+=("$engine_pid")
    if ! wait_for 20 port_open "$port"; then
        not_ok "$name starts"
        explain "$scratch/$name.log"
        return 1
    fi
}

try() { # ENGINE URL
    local name="$1 ${2%%:*}" url=$2 file code
    for file in empty small large; do
        equal "$name: GET $file" "$(sum <"$root/$file")" "$(get "$url/$file" | sum)"
    done
    get -o "$scratch/out" "$url/small"
    check "$name: -o" cmp "$root/small" "$scratch/out"
    equal "$name: two URLs, one connection" $((1024 + 1024)) "$(get "$url/small" "$url/small" | wc -c)"
    get "$url/nothing" >/dev/null 2>"$scratch/err"
    code=$?
    equal "$name: 404 ends with 6" 6 $code
    equal "$name: HEAD" "0 0" "$(get -X HEAD "$url/large" | wc -c) ${PIPESTATUS[0]}"
    get -v "$url/small" >"$scratch/out" 2>"$scratch/err"
    equal "$name: -v" 0 $?
    for word in ResponseReceived DataReceived StreamEnded RemoteSettingsChanged SETTINGS HEADERS; do
        check "$name: -v shows $word" grep -q "$word" "$scratch/err" "$scratch/out"
    done
}

refuses_strangers() { # ENGINE URL: a certificate that nobody vouches for
    timeout 20 "$H2" get "$2/small" >/dev/null 2>"$scratch/err"
    equal "$1: an unknown certificate ends with 4" 4 $?
    equal "$1: -k takes it" "$(sum <"$root/small")" "$(timeout 20 "$H2" get -k "$2/small" | sum)"
}

with_nghttpd() {
    local port=$1 tls=$2
    launch nghttpd "$port" nghttpd --no-tls -a 127.0.0.1 -d "$root" --echo-upload --trailer 'x-sum: 42' "$port" || return
    try nghttpd "http://127.0.0.1:$port"
    equal "nghttpd: POST" "$(sum <"$root/large")" "$(get -d @"$root/large" "http://127.0.0.1:$port/echo" | sum)"
    get -v "http://127.0.0.1:$port/small" >"$scratch/out" 2>&1
    check "nghttpd: trailers" grep -aq x-sum "$scratch/out"
    kill "$engine_pid"
    launch nghttpd "$tls" nghttpd -a 127.0.0.1 -d "$root" "$tls" "$scratch/key.pem" "$scratch/cert.pem" || return
    try nghttpd "https://127.0.0.1:$tls"
    refuses_strangers nghttpd "https://127.0.0.1:$tls"
    kill "$engine_pid"
}

nginx_config() { # PORT TLS-PORT PLAIN-PORT
    cat >"$scratch/nginx.conf" <<CONF
daemon off;
$([ "$user" != root ] || echo "user $worker;")
worker_processes 1;
pid $scratch/nginx.pid;
error_log $scratch/nginx.error;
events { worker_connections 256; }
http {
    access_log off;
    client_body_temp_path $scratch/nginx.body;
    proxy_temp_path $scratch/nginx.proxy;
    fastcgi_temp_path $scratch/nginx.fastcgi;
    uwsgi_temp_path $scratch/nginx.uwsgi;
    scgi_temp_path $scratch/nginx.scgi;
    root $root;
    server { listen 127.0.0.1:$1 http2; }
    server {
        listen 127.0.0.1:$2 ssl http2;
        ssl_certificate $scratch/cert.pem;
        ssl_certificate_key $scratch/key.pem;
    }
    server { listen 127.0.0.1:$3; }
}
CONF
}

with_nginx() {
    nginx_config "$1" "$2" "$3"
    launch nginx "$1" nginx -p "$scratch" -c "$scratch/nginx.conf" -e "$scratch/nginx.error" || return
    nginx_pid=$engine_pid
    try nginx "http://127.0.0.1:$1"
    try nginx "https://127.0.0.1:$2"
    refuses_strangers nginx "https://127.0.0.1:$2"
    get -d @"$root/small" "http://127.0.0.1:$1/small" >/dev/null 2>&1
    equal "nginx: POST to a file, 405, ends with 6" 6 $?
    # nginx stays: HAProxy's requests end there.
}

with_haproxy() { # PORT TLS-PORT BACKEND-PORT
    cat >"$scratch/haproxy.cfg" <<CONF
global
    maxconn 100
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend front
    bind 127.0.0.1:$1 proto h2
    bind 127.0.0.1:$2 ssl crt $scratch/both.pem alpn h2
    default_backend back
backend back
    server one 127.0.0.1:$3
CONF
    launch haproxy "$1" haproxy -db -f "$scratch/haproxy.cfg" || return
    try haproxy "http://127.0.0.1:$1"
    try haproxy "https://127.0.0.1:$2"
    refuses_strangers haproxy "https://127.0.0.1:$2"
    kill "$engine_pid"
}

with_apache2() {
    cat >"$scratch/apache.conf" <<CONF
ServerRoot $scratch
ServerName localhost
PidFile $scratch/apache.pid
ErrorLog $scratch/apache.error
DefaultRuntimeDir $scratch
Mutex file:$scratch default
$(for module in mpm_event authz_core unixd dir mime http2 ssl; do
        if [ -e /usr/lib/apache2/modules/mod_$module.so ]; then
            echo "LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"
        fi
    done)
$([ "$user" != root ] || printf 'User %s\nGroup %s\n' "$worker" "$(id -gn "$worker")")
TypesConfig /dev/null
Listen 127.0.0.1:$1
Listen 127.0.0.1:$2
DocumentRoot $root
Protocols h2 h2c http/1.1
H2Direct on
<VirtualHost 127.0.0.1:$2>
    SSLEngine on
    SSLCertificateFile $scratch/cert.pem
    SSLCertificateKeyFile $scratch/key.pem
</VirtualHost>
CONF
    launch apache2 "$1" apache2 -X -f "$scratch/apache.conf" || return
    try apache2 "http://127.0.0.1:$1"
    equal "apache2: --upgrade" "$(sum <"$root/small")" "$(get --upgrade "http://127.0.0.1:$1/small" | sum)"
    try apache2 "https://127.0.0.1:$2"
    refuses_strangers apache2 "https://127.0.0.1:$2"
    kill "$engine_pid"
}

with_caddy() {
    cat >"$scratch/Caddyfile" <<CONF
{
    admin off
    auto_https off
    servers {
        protocols h1 h2 h2c
    }
}
http://127.0.0.1:$1 {
    root * $root
    file_server
}
https://127.0.0.1:$2 {
    tls $scratch/cert.pem $scratch/key.pem
    root * $root
    file_server
}
CONF
    launch caddy "$1" env HOME="$scratch" XDG_DATA_HOME="$scratch" XDG_CONFIG_HOME="$scratch" \
        caddy run --config "$scratch/Caddyfile" --adapter caddyfile || return
    try caddy "http://127.0.0.1:$1"
    # No Upgrade here: now and then Caddy 2.6.2 answers one with a size update in the middle of a header block.
    try caddy "https://127.0.0.1:$2"
    refuses_strangers caddy "https://127.0.0.1:$2"
    kill "$engine_pid"
}

engines=0
plain=$(pick_port)
for engine in nghttpd nginx haproxy apache2 caddy; do
    if ! command -v $engine >/dev/null && ! [ -x /usr/sbin/$engine ]; then
        echo "ok $engine # SKIP not installed"
        continue
    fi
    engines=$((engines + 1))
    PATH=$PATH:/usr/sbin with_$engine "$(pick_port)" "$(pick_port)" "$plain"
done
[ -z "${nginx_pid:-}" ] || kill "$nginx_pid"

equal "at least four engines" 1 $((engines >= 4))
get "http://127.0.0.1:$(pick_port)/" >/dev/null 2>"$scratch/err"
equal "nobody listens: ends with 3" 3 $?
check "nobody listens: the message says so" grep -qi 'refused' "$scratch/err"
finish
