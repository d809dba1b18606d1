"""A TLS 1.2 client that writes its records itself once the handshake is done, so that it can send what no library does.
Knows nothing of HTTP/2."""

import ctypes
import ctypes.util
import hashlib
import hmac
import socket
import ssl
import struct
import tempfile

HANDSHAKE, APPLICATION_DATA = 22, 23
SET_TAG_SIZE, TAG_SIZE = 16, 16


def crypto():
    library = ctypes.CDLL(ctypes.util.find_library("crypto"))
    for name in ("EVP_CIPHER_CTX_new", "EVP_aes_128_gcm"):
        getattr(library, name).restype = ctypes.c_void_p
    return library


def key_block(secret, seed, length):
    """RFC 5246 section 5."""
    out, at = b"", seed
    while len(out) < length:
        at = hmac.new(secret, at, hashlib.sha256).digest()
        out += hmac.new(secret, at + seed, hashlib.sha256).digest()
    return out


class Client:
    def __init__(self, port, room):
        """room: what the kernel may hold of what is never read."""
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        self.socket.settimeout(20)
        self.socket.connect(("127.0.0.1", port))
        with tempfile.NamedTemporaryFile() as log:
            hello = self.shake_hands(log.name)
            _, client_random, secret = map(bytes.fromhex, ["", *log.read().decode().split()[-2:]])
        keys = key_block(secret, b"key expansion" + hello[11:43] + client_random, 40)
        self.salt, self.sequence = keys[32:36], 1
        self.crypto = crypto()
        self.cipher = ctypes.c_void_p(self.crypto.EVP_CIPHER_CTX_new())
        self.crypto.EVP_EncryptInit_ex(self.cipher, ctypes.c_void_p(self.crypto.EVP_aes_128_gcm()), None, keys[:16], None)

    def shake_hands(self, log):
        """What the server said, which begins with its ServerHello."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
        made.set_alpn_protocols(["h2"])
        made.maximum_version = ssl.TLSVersion.TLSv1_2
        made.set_ciphers("ECDHE+AES128+AESGCM")
        made.keylog_filename = log
        into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
        side, seen = made.wrap_bio(into, out), b""
        while True:
            try:
                side.do_handshake()
                return seen
            except ssl.SSLWantReadError:
                self.socket.sendall(out.read())
                octets = self.socket.recv(65536)
                seen += octets
                into.write(octets)

    def record(self, kind, plain):
        """RFC 5288: the explicit part of the nonce is the sequence number."""
        number = struct.pack(">Q", self.sequence)
        self.sequence += 1
        extra = number + struct.pack(">BHH", kind, 0x0303, len(plain))
        sealed, tag, n = ctypes.create_string_buffer(len(plain)), ctypes.create_string_buffer(TAG_SIZE), ctypes.c_int()
        count = ctypes.byref(n)
        self.crypto.EVP_EncryptInit_ex(self.cipher, None, None, None, self.salt + number)
        self.crypto.EVP_EncryptUpdate(self.cipher, None, count, extra, len(extra))
        self.crypto.EVP_EncryptUpdate(self.cipher, sealed, count, plain, len(plain))
        self.crypto.EVP_EncryptFinal_ex(self.cipher, None, count)
        self.crypto.EVP_CIPHER_CTX_ctrl(self.cipher, SET_TAG_SIZE, TAG_SIZE, tag)
        return struct.pack(">BHH", kind, 0x0303, len(plain) + 24) + number + sealed.raw + tag.raw

    def close(self):
        self.crypto.EVP_CIPHER_CTX_free(self.cipher)
        self.socket.close()
