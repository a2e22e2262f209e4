"""nginx with a few static files, keep-alive and uploads."""

import random
from pathlib import Path

from tests.servers.base import Server, exchange

# One process: a master that is killed would leave its workers behind, and root would need a second user.
CONFIG = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    types {{ text/html html; text/plain txt; application/octet-stream bin; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    sendfile on;
    tcp_nodelay on;
    keepalive_timeout 75s;
    keepalive_requests 10000000;
    gzip on;
    gzip_types text/plain;
    server {{
        listen {host}:{port};
        listen unix:{folder}/nginx.sock;
        root {folder}/www;
        location /moved {{ return 302 /1kB.bin; }}
        location /upload/ {{
            dav_methods PUT DELETE;
            client_max_body_size 64m;
        }}
    }}
}}
"""


class Nginx(Server):
    """Serves `files` (a name each, with its bytes) over HTTP; under `/upload/` it takes PUT and DELETE."""

    program = "nginx"
    package = "nginx"

    def prepare(self) -> None:
        chance = random.Random(1)  # the same bytes in every run
        self.files = {
            "index.html": b"<p>Vaurien was here.</p>\n",
            "1kB.bin": chance.randbytes(1024),
            "1MB.bin": chance.randbytes(1024 * 1024),
            "lines.txt": b"".join(b"line %d of a text that compresses well\n" % n for n in range(5000)),
        }
        (self.folder / "www" / "upload").mkdir(parents=True)
        for name, content in self.files.items():
            (self.folder / "www" / name).write_bytes(content)

    def command(self) -> list[str | Path]:
        self.unix_path = self.folder / "nginx.sock"
        self.unix_path.unlink(missing_ok=True)
        config = self.folder / "nginx.conf"
        config.write_text(CONFIG.format(folder=self.folder, host=self.host, port=self.port))
        return [self.binary, "-e", "stderr", "-p", self.folder, "-c", config]

    def answers(self) -> bool:
        # The whole first file, so that another server on this port is not taken for ours.
        return exchange((self.host, self.port), b"GET /1kB.bin HTTP/1.0\r\n\r\n").endswith(self.files["1kB.bin"])
