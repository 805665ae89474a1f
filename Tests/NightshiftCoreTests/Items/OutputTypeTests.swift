import NightshiftCore
import Testing

struct OutputTypeTests {
    private func type(_ head: [UInt8], _ declared: String?, _ name: String) -> String? {
        (try? OutputType(head: head, declared: declared, name: name)).map { "\($0.mediaType) .\($0.fileExtension)" }
    }

    private func type(_ head: String, _ declared: String?, _ name: String) -> String? {
        type(Array(head.utf8), declared, name)
    }

    @Test(
        arguments: [
            ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], "image/png .png"),
            ([0xFF, 0xD8, 0xFF, 0xE0], "image/jpeg .jpg"),
            (Array("GIF89a;".utf8), "image/gif .gif"), (Array("RIFF....WEBPVP8L".utf8), "image/webp .webp"),
            (Array("RIFF....WAVEfmt ".utf8), "audio/wav .wav"),
            (Array("RIFF....AVI LIST".utf8), "video/x-msvideo .avi"),
            (Array("....ftypavif....".utf8), "image/avif .avif"), (Array("....ftypheic....".utf8), "image/heic .heic"),
            (Array("....ftypisom....".utf8), "video/mp4 .mp4"),
            (Array("....ftypqt  ....".utf8), "video/quicktime .mov"),
            (Array("....ftypM4A ....".utf8), "audio/mp4 .m4a"), (Array("fLaC....".utf8), "audio/flac .flac"),
            (Array("OggS....".utf8), "audio/ogg .ogg"), ([0x49, 0x44, 0x33, 0x04], "audio/mpeg .mp3"),
            ([0xFF, 0xFB, 0x90, 0x64], "audio/mpeg .mp3"), ([0xFF, 0xF1, 0x50, 0x80], "audio/aac .aac"),
            (Array("%PDF-1.7".utf8), "application/pdf .pdf"), ([0x50, 0x4B, 0x03, 0x04, 0x14], "application/zip .zip"),
            ([0x1F, 0x8B, 0x08, 0x00], "application/gzip .gz"), (Array("glTF....".utf8), "model/gltf-binary .glb"),
            ([0x1A, 0x45, 0xDF, 0xA3] + Array("....webm".utf8), "video/webm .webm"),
            ([0x1A, 0x45, 0xDF, 0xA3] + Array("....matroska".utf8), "video/x-matroska .mkv"),
            ([0x49, 0x49, 0x2A, 0x00, 8], "image/tiff .tiff"),
            (Array("BM".utf8) + [1, 2, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0], "image/bmp .bmp"),
        ] as [([UInt8], String)])
    func theContentComesFirst(head: [UInt8], expected: String) {
        #expect(type(head, nil, "out") == expected)
        #expect(type(head, "application/octet-stream", "out.bin") == expected)
        #expect(type(head, "image/x-icon", "out.ico") == expected)
    }

    @Test func aNameMaySayMoreOfAContainer() {
        #expect(type([0x50, 0x4B, 0x03, 0x04], "application/zip", "a.docx")?.hasSuffix(".docx") == true)
        #expect(type([0x50, 0x4B, 0x03, 0x04], nil, "weights.custom") == "application/zip .custom")
        #expect(type([0x50, 0x4B, 0x03, 0x04], nil, "a.png") == "application/zip .zip")
        #expect(type(Array("....ftypisom".utf8), "audio/mp4", "voice.m4a") == "audio/mp4 .m4a")
        #expect(type(Array("OggS....".utf8), nil, "voice.opus") == "audio/opus .opus")
        #expect(type([0xFF, 0xD8, 0xFF], nil, "a.JPEG")?.hasSuffix(".jpeg") == true)
    }

    @Test func thenTheHeaderThenTheName() {
        let unknown: [UInt8] = [1, 2, 3, 0xFE]
        #expect(type(unknown, "audio/x-wav", "out") == "audio/x-wav .wav")
        #expect(type(unknown, "video/mp4", "out.bin") == "video/mp4 .mp4")
        #expect(type(unknown, "application/octet-stream", "a.safetensors") == "application/octet-stream .safetensors")
        #expect(type(unknown, nil, "a.stl") == "model/stl .stl")
        #expect(type(unknown, "binary/octet-stream", "out") == "application/octet-stream .bin")
        #expect(type("a,b\n1,2\n", "text/plain", "t.csv") == "text/csv .csv")
        #expect(type("a,b\n1,2\n", "text/csv", "out") == "text/csv .csv")
        #expect(type("hello", nil, "out") == "text/plain .txt")
        #expect(type(#"{"a": 1}"#, nil, "out") == "application/json .json")
        #expect(type("[Verse 1]", nil, "out") == "text/plain .txt")
        #expect(type(#"{"a": 1}"#, "application/json", "x.geojson")?.hasSuffix(".geojson") == true)
        #expect(type("<svg xmlns='x'/>", "image/svg+xml", "out.svg") == "image/svg+xml .svg")
        #expect(type("<?xml version='1.0'?><svg/>", nil, "out") == "image/svg+xml .svg")
        #expect(type("#EXTM3U", "application/vnd.apple.mpegurl", "out.m3u8")?.hasSuffix(".m3u8") == true)
    }

    @Test(arguments: [
        ("<html>", "text/html", "out.png"), ("<html>", "image/png", "out"), ("<HTML lang=en>", nil, "clip.mp4"),
        ("\u{FEFF}\n <!doctype HTML>", "text/html", "a.wav"), ("<!-- x --><html>", nil, "a.zip"),
        ("<?xml version=\"1.0\"?><Error/>", "application/xml", "out.png"),
        (#"{"detail": "x"}"#, "application/json", "a.jpg"),
        ("Internal Server Error", "text/plain", "out.webp"), ("<html>", "text/html", "table.csv"),
    ])
    func aTextIsNoPictureAndAPageIsNoTable(head: String, declared: String?, name: String) {
        #expect(throws: OutputType.Mismatch.self) {
            try OutputType(head: Array(head.utf8), declared: declared, name: name)
        }
    }
}
