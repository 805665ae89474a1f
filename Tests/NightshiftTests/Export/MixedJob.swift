import Foundation
import LosslessJSON
import TestSupport

@testable import Nightshift

/// A job of posters, tones and texts, with several files of some items, columns that not all rows have, nulls and odd names.
enum MixedJob {
    private static let maker = #"""
        import json, os, struct, sys, wave, zlib
        order = json.load(sys.stdin)
        def poster(number):
            def chunk(kind, data):
                return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            lines = b"".join(b"\0" + bytes([number * 40, 80, order["count"]]) * 6 for _ in range(4))
            head = struct.pack(">IIBBBBB", 6, 4, 8, 2, 0, 0, 0)
            data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
            open(f"poster-{number}.png", "wb").write(data)
            return os.path.abspath(f"poster-{number}.png")
        def tone(number):
            with wave.open(f"tone-{number}.wav", "wb") as file:
                file.setparams((1, 2, 8000, 0, "NONE", ""))
                file.writeframes(bytes(range(100)) * 2)
            return os.path.abspath(f"tone-{number}.wav")
        os.chdir(os.environ["NIGHTSHIFT_FOLDER"])
        if order["kind"] == "text":
            print(json.dumps("a text, with \"quotes\",\nlines and ünïcode"))
        else:
            made = [(poster if order["kind"] == "poster" else tone)(number) for number in range(order["count"])]
            print(json.dumps(made if len(made) > 1 else made[0]))
        """#

    /// - Parameter kinds: which rows there are.
    static func folder(_ kinds: [String] = ["poster", "tone", "text"]) throws -> JobFolder {
        let rows = [
            "{ name: poster.one, kind: poster, count: 1, remark: null, scale: 6, flag: true }",
            "{ name: poster_one, kind: poster, count: 1, remark: \"a, 'b' and \\\"c\\\"\", scale: 7.5, flag: null }",
            "{ name: poster-two, kind: poster, count: 2, scale: null, extra: { a: [1, null] }, huge: 123456789012345678901 }",
            "{ name: tone, kind: tone, count: 1, remark: \"\", Scale: \"large\", \"odd → \\\" name\": 1 }",
            "{ name: words, kind: text, count: 1, remark: \"two\\nlines\", extra: text }",
        ].filter { row in kinds.contains { row.contains("kind: \($0)") } }
        let folder = try JobFolder(
            """
            job: mixed
            model: me/maker
            provider: { local: { models: { me/maker: "python3 maker.py" } } }
            inputs: { list: [\(rows.joined(separator: ", "))] }
            input: { kind: "{{ kind }}", count: "{{ count }}" }
            key: "{{ name }}"
            outputs: { directory: out, name: "{{ name }}" }
            rate: unlimited
            """)
        try folder.folder.write("maker.py", maker)
        return folder
    }
}
