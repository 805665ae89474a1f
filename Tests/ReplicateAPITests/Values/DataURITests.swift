import Testing

@testable import ReplicateAPI

@Suite(.timeLimit(.minutes(1)))
struct DataURITests {
    @Test(arguments: [
        ("data:text/plain;base64,aGVsbG8=", "text/plain", "hello"),
        ("data:text/plain;base64,aGVsbG8", "text/plain", "hello"),
        ("data:text/plain;charset=utf-8;base64,aGVsbG8=", "text/plain", "hello"),
        ("data:;base64,aGVsbG8=", nil, "hello"),
        ("data:text/html,%3Cb%3Ehi%3C/b%3E", "text/html", "<b>hi</b>"),
        ("data:,plain", nil, "plain"),
        ("data:text/plain;base64,", "text/plain", ""),
    ])
    func isRead(uri: String, mediaType: String?, content: String) throws {
        let decoded = try #require(DataURI(uri))
        #expect(decoded.mediaType == mediaType)
        #expect(String(decoding: decoded.bytes, as: UTF8.self) == content)
        #expect(DataURI.isDataURI(uri))
    }

    @Test(arguments: ["", "data:", "data", "https://x/y", "data:text/plain;base64,****", "data:,%4", "data:,%zz"])
    func isRefused(text: String) {
        #expect(DataURI(text) == nil)
    }

    @Test(arguments: [
        ("data:image/png;base64,AA==", true), ("data:;base64,AA==", true), ("data:text/plain;charset=utf-8,hi", true),
        ("data:image/svg+xml,x", true), ("data:,plain", false), ("data:one,two", false), ("data: a/b,c", false),
        ("data:the mean; of 5,6", false), ("https://x/y,z", false), ("data:image/png", false),
    ])
    func aTextThatGoesOnWithWordsHasNoPlainHead(text: String, isPlain: Bool) {
        #expect(DataURI.hasPlainHead(text) == isPlain)
    }

    @Test func comesBackAsItWas() throws {
        let bytes = (0..<100_001).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 7) }
        let uri = DataURI(mediaType: "image/png", bytes: bytes)
        #expect(DataURI(uri.text) == uri)
    }

    @Test(arguments: [
        ("a.PNG", "image/png"), ("x/y.jpeg", "image/jpeg"), ("archive.tar.gz", "application/gzip"),
        ("none", "application/octet-stream"), (".hidden", "application/octet-stream"),
        ("odd.xyzw", "application/octet-stream"),
    ])
    func mediaTypesFollowTheExtension(name: String, type: String) {
        #expect(MediaType.ofFile(named: name) == type)
    }

    @Test(arguments: [
        ("image/jpeg", "jpg"), ("image/png; q=1", "png"), ("audio/x-wav", "wav"), ("TEXT/plain", "txt"),
        ("application/octet-stream", "bin"), ("application/json", "json"), ("what/ever", nil), ("image/tiff", "tiff"),
        ("audio/aiff", "aiff"), ("audio/wave", "wav"), ("audio/mp3", "mp3"), ("audio/wav", "wav"),
        ("audio/mpeg", "mp3"), ("image/jpg", "jpg"), ("image/svg", "svg"), ("audio/x-m4a", "m4a"),
        ("video/x-m4v", "mp4"), ("application/x-gzip", "gz"), ("application/x-ndjson", "jsonl"), ("text/yaml", "yaml"),
    ])
    func extensionsFollowTheMediaType(type: String, fileExtension: String?) {
        #expect(MediaType.fileExtension(for: type) == fileExtension)
    }
}
