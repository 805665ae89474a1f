#!/usr/bin/env python3
"""Makes the jobs that the browser suite looks at, in a folder: manifests first, then (after they ran) what no run would leave.

    python3 Tests/Browser/jobs.py write FOLDER
    python3 Tests/Browser/jobs.py spoil FOLDER      after `odd` has run
    python3 Tests/Browser/jobs.py multiply FOLDER   after `many` has run with one item: makes 25,000 of it
"""
import os
import sqlite3
import struct
import sys
import zlib

MANY = 25_000

POSTERS = """\
job: {job}
model: nightshift/poster
inputs: {{ range: [1, {rows}] }}
matrix: {{ style: [dawn, dusk, night] }}
input: {{ prompt: "a harbour, number {{{{ value }}}}", style: "{{{{ style }}}}", seed: "{{{{ value }}}}", width: 256, height: 192 }}
outputs: {{ directory: out/{job}, name: "{{{{ value }}}}-{{{{ style }}}}" }}
concurrency: {concurrency}
retry: {{ attempts: 1 }}
budget: {{ same_failures: off }}
price: {{ per_prediction: 0.003 }}
"""

NIGHT = """\
job: night
model: nightshift/poster
inputs:
  list:
    - { prompt: a lighthouse in a storm }
    - { prompt: a harbour at dawn }
    - { prompt: an observatory }
    - { prompt: a night train }
    - { prompt: a roof garden }
    - { prompt: a frozen lake }
matrix: { style: [dawn, dusk, night], seed: [1, 2, 3] }
input: { prompt: "{{ prompt }}", style: "{{ style }}", seed: "{{ seed }}", width: 256, height: 192 }
outputs: { directory: out/night, name: "{{ prompt | slug }}-{{ style }}-{{ seed }}" }
retry: { attempts: 1 }
budget: { same_failures: off }
price: { per_prediction: 0.003 }
"""

SHOWN = NIGHT.replace("night", "posters", 1).replace("out/night", "out/posters").replace(
    "width: 256, height: 192", "width: 360, height: 480").replace("seed: [1, 2, 3]", "seed: [1, 2]").replace("prompt: a ", "prompt: ").replace("prompt: an ", "prompt: ") + "concurrency: 3\n"

ODD = """\
job: odd
model: me/odd
provider: { local: { models: { me/odd: "python3 odd.py" } } }
inputs:
  list:
    - { name: page, kind: html }
    - { name: drawing, kind: svg }
    - { name: novel, kind: text }
    - { name: labels, kind: json }
    - { name: huge, kind: png }
    - { name: vanished, kind: png }
    - { name: linked, kind: text }
    - { name: sound, kind: wav }
    - { name: "<img src=x onerror=window.hacked=1>", kind: text }
    - { name: "<script>window.hacked=1</script>", kind: json }
input: { kind: "{{ kind }}", text: "<img src=x onerror=window.hacked=1>" }
outputs: { directory: out/odd, name: "{{ name }}" }
"""

MODEL = '''\
import base64, json, struct, sys, zlib

def file(kind, content):
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"

def png():
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    rows = zlib.compress(b"".join(b"\\0" + bytes([i * 16, 90, 160] * 16) for i in range(16)))
    return b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0)) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")

wav = b"RIFF" + struct.pack("<I", 36 + 800) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8) + b"data" + struct.pack("<I", 800) + bytes(range(200)) * 4
outputs = {
    "html": file("text/html", b"<!doctype html><h1>hello</h1><script>parent.hacked = window.hacked = 1; fetch('/api/jobs')</script>"),
    "svg": file("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg' width='40' height='30'><script>parent.hacked = 1</script><rect width='40' height='30' fill='teal'/></svg>"),
    "text": file("text/plain", "It was a dark night.\\n".encode() * 100),
    "json": {"labels": ["a", "<b>b</b>"]},
    "png": file("image/png", png()),
    "wav": file("audio/wav", wav),
}
print(json.dumps(outputs[json.load(sys.stdin)["kind"]]))
'''

ONE = """\
job: many
model: nightshift/poster
provider: local
inputs: { list: [{ name: one }] }
input: { prompt: "{{ name }}", width: 128, height: 96 }
outputs: { directory: out/many, name: "{{ name }}" }
"""


def write(folder):
    texts = {
        "live.yaml": POSTERS.format(job="live", rows=400, concurrency=4), "night.yaml": NIGHT, "posters.yaml": SHOWN, "odd.yaml": ODD,
        "odd.py": MODEL, "many.yaml": ONE,
    }
    for name, text in texts.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)


def spoil(folder):
    out = os.path.join(folder, "out", "odd")
    names = {name.rsplit(".", 1)[0]: os.path.join(out, name) for name in os.listdir(out)}
    with open(names["novel"], "ab") as novel:
        for _ in range(50):
            novel.write(b"The rain had stopped. " * 47_662)
    # A picture of 400 megapixels by its head.
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    with open(names["huge"], "r+b") as huge:
        huge.seek(16)
        huge.write(header + struct.pack(">I", zlib.crc32(b"IHDR" + header)))
    os.remove(names["vanished"])
    os.remove(names["linked"])
    os.symlink("/etc/passwd", names["linked"])


def multiply(folder):
    store = sqlite3.connect(os.path.join(folder, ".nightshift", "many", "checkpoints.sqlite"))
    columns = [row[1] for row in store.execute("PRAGMA table_info(item)")]
    one = dict(zip(columns, store.execute("SELECT * FROM item").fetchone()))
    output = store.execute("SELECT * FROM output").fetchone()
    source = os.path.join(folder, "out", "many", output[2])
    for index in range(1, MANY):
        name = f"picture-{index:05}"
        item = one | {"id": one["id"] + index, "position": index, "key": f"k{index}", "digest": f"{index:064x}", "name": name, "name_folded": name}
        store.execute(f"INSERT INTO item ({','.join(item)}) VALUES ({','.join('?' * len(item))})", list(item.values()))
        path = f"{index // 1000}/{name}.png"
        store.execute("INSERT INTO output VALUES (?,?,?,?,?,?,?)", (item["id"], 0, path, path, *output[4:]))
        target = os.path.join(folder, "out", "many", path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.link(source, target)
    store.commit()
    store.close()


if __name__ == "__main__":
    {"write": write, "spoil": spoil, "multiply": multiply}[sys.argv[1]](sys.argv[2])
