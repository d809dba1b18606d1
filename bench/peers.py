"""The servers that `h2 serve` is measured beside: how each is configured, started and asked for its version."""

import re
import shutil
import subprocess
from pathlib import Path

NGINX = """daemon off; worker_processes 1; pid {dir}/nginx.pid; error_log {dir}/nginx.log; {user}
events {{ worker_connections 1024; }}
http {{ access_log off; root {root}; sendfile on; tcp_nopush on; keepalive_requests 100000000;
  client_body_temp_path {dir}/a; proxy_temp_path {dir}/b; fastcgi_temp_path {dir}/c; uwsgi_temp_path {dir}/d;
  scgi_temp_path {dir}/e; open_file_cache max=100;
  server {{ listen 127.0.0.1:{port} http2; }}
  server {{ listen 127.0.0.1:{tls} ssl http2; ssl_certificate {dir}/cert.pem; ssl_certificate_key {dir}/key.pem; }} }}
"""
HAPROXY = """global
    maxconn 1000
    nbthread 1
    tune.bufsize 1100000
defaults
    mode http
    timeout client 60s
    timeout server 60s
    timeout connect 5s
frontend front
    bind 127.0.0.1:{port} proto h2
    bind 127.0.0.1:{tls} ssl crt {dir}/both.pem alpn h2
    http-request return status 200 content-type application/octet-stream file {root}/1k if {{ path /1k }}
    http-request return status 200 content-type application/octet-stream file {root}/1m if {{ path /1m }}
"""
CADDY = """{{
    admin off
    auto_https off
    servers {{
        protocols h1 h2 h2c
    }}
}}
http://127.0.0.1:{port} {{
    root * {root}
    file_server
}}
https://:{tls} {{
    tls {dir}/cert.pem {dir}/key.pem
    root * {root}
    file_server
}}
"""
H2O = """hosts:
  default:
    listen: {{port: {port}, host: 127.0.0.1}}
    paths: {{/: {{file.dir: {root}}}}}
  other:
    listen: {{port: {tls}, host: 127.0.0.1, ssl: {{certificate-file: {dir}/cert.pem, key-file: {dir}/key.pem}}}}
    paths: {{/: {{file.dir: {root}}}}}
num-threads: 1
"""


# The command that tells a version, and what to find in what it prints.
VERSIONS = {"nghttpd": (["nghttpd", "--version"], r"nghttp2/([\d.]+)"), "nginx": (["nginx", "-v"], r"nginx/([\d.]+)"),
            "haproxy": (["haproxy", "-v"], r"version ([\d.]+)"), "caddy": (["caddy", "version"], r"v?([\d.]+)"),
            "h2o": (["h2o", "--version"], r"version ([\d.]+)")}


def write(path, text):
    Path(path).write_text(text)
    return path


def commands(build, v):
    """Name -> command lines, the cleartext one and the one for TLS; the same where one process does both."""
    folder, port, tls, root = v["dir"], str(v["port"]), str(v["tls"]), v["root"]
    cert, key = f"{folder}/cert.pem", f"{folder}/key.pem"
    ours = [build / "h2", "serve", "--port", port, "--tls-port", tls, "--cert", cert, "--key", key, root]
    caddy = ["caddy", "run", "--adapter", "caddyfile", "--config", write(f"{folder}/Caddyfile", CADDY.format(**v))]
    nginx = ["nginx", "-p", folder, "-e", f"{folder}/nginx.log", "-c", write(f"{folder}/nginx.conf", NGINX.format(**v))]
    haproxy = ["haproxy", "-db", "-f", write(f"{folder}/haproxy.cfg", HAPROXY.format(**v))]
    h2o = ["h2o", "-c", write(f"{folder}/h2o.conf", H2O.format(**v))]
    return {"libh2": (ours, ours),
            "nghttpd": (["nghttpd", "--no-tls", "-n", "1", "-d", root, port],
                        ["nghttpd", "-n", "1", "-d", root, tls, key, cert]),
            "nginx": (nginx, nginx), "haproxy": (haproxy, haproxy), "caddy": (caddy, caddy), "h2o": (h2o, h2o),
            "canned octets": ([build / "bench" / "h2-canned", port, f"{root}/1k"], None)}


def versions():
    """Version of each server that is installed."""
    found = {}
    for name, (command, pattern) in VERSIONS.items():
        if not shutil.which(command[0]):
            continue
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20)
        match = re.search(pattern, done.stdout)
        found[name] = match.group(1) if match else "of unknown version"
    return found
