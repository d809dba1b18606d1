"""A site of Twisted's: /small, /large, /echo, /hold. site.py PORT CERTIFICATE KEY"""
import sys

from twisted.internet import endpoints, reactor
from twisted.web import resource, server

PART, PARTS = b"x" * 50_000, 400


class Small(resource.Resource):
    isLeaf = True

    def render_GET(self, request):
        return b"small " + request.clientproto + b"\n"


class Large(resource.Resource):
    """Twenty megabytes, as fast as they are taken."""
    isLeaf = True

    def render_GET(self, request):
        producer = Producer(request)
        request.registerProducer(producer, True)
        producer.resumeProducing()
        return server.NOT_DONE_YET


class Producer:
    def __init__(self, request):
        self.request, self.left, self.paused = request, PARTS, False
        request.notifyFinish().addErrback(self.stop)

    def stop(self, _):
        self.left = 0
        self.paused = True

    def resumeProducing(self):
        self.paused = False
        while not self.paused and self.left:
            self.left -= 1
            self.request.write(PART)
        if not self.left and not self.paused:
            self.request.unregisterProducer()
            self.request.finish()

    def pauseProducing(self):
        self.paused = True

    def stopProducing(self):
        self.stop(None)


class Echo(resource.Resource):
    isLeaf = True

    def render_POST(self, request):
        return request.content.read()


if __name__ == "__main__":
    port, certificate, key = sys.argv[1:]
    root = resource.Resource()
    for name, kind in ((b"small", Small), (b"large", Large), (b"echo", Echo)):
        root.putChild(name, kind())
    endpoint = endpoints.serverFromString(reactor, f"ssl:{port}:interface=127.0.0.1:privateKey={key}:certKey={certificate}")
    endpoint.listen(server.Site(root))
    reactor.run()
