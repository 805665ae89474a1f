import Foundation
import LosslessJSON
import TestSupport
import Testing

@testable import Nightshift

/// Archives, as other programs read them.
@Suite(.timeLimit(.minutes(1)))
struct TarWriterTests {
    /// Names of all lengths that a header has room for, and files of all sizes around a block.
    private static let contents: [(name: String, size: Int)] = [
        ("a.txt", 0), ("folder/b.bin", 1), ("ünï/ö.png", 511), ("c", 512), ("d", 513), ("large.bin", 300_000),
        (String(repeating: "n", count: 100), 3),
        (String(repeating: "p", count: 155) + "/" + String(repeating: "n", count: 100), 4),
        (String(repeating: "a/", count: 70) + String(repeating: "n", count: 99), 5),
    ]

    private func write(_ files: [(name: String, size: Int)], to name: String, in folder: String) throws {
        var archive = try TarWriter(
            name, in: OutputDirectory(path: folder), parts: ExportParts(job: "tar"))
        for (index, file) in files.enumerated() {
            let bytes = Array(patternBytes(file.size))
            if index % 2 == 0 {
                try archive.add(file.name, bytes)
            } else {
                try Data(bytes).write(to: URL(filePath: "\(folder)/source"))
                try archive.add(
                    file.name, from: try FileSystemCalls.openForReading("\(folder)/source"), size: Int64(file.size),
                    path: "source")
            }
        }
        let size = archive.size
        #expect(size == files.reduce(0) { $0 + TarWriter.room(for: Int64($1.size)) })
        try archive.finish()
    }

    @Test func pythonReadsEveryFile() throws {
        let folder = try TemporaryFolder()
        try write(Self.contents, to: "a.tar", in: folder.root)
        let script = """
            import hashlib, tarfile
            def answer(path):
                with tarfile.open(path, "r:") as archive:
                    return [
                        [entry.name, entry.size, entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname, entry.mode,
                            entry.isreg(), hashlib.sha256(archive.extractfile(entry).read()).hexdigest()]
                        for entry in archive
                    ]
            """
        guard let answer = try Python.answers(to: [.string(folder.path("a.tar"))], by: script)?.first else { return }
        let expected = Self.contents.map { file -> JSONValue in
            let sum = ContentDigest.sha256(patternBytes(file.size))
            return [
                .string(file.name), .number(JSONNumber(file.size)), 0, 0, 0, "", "", 0o644, true, .string(sum),
            ]
        }
        #expect(answer == .array(expected))
        #expect(try folder.size("a.tar") % 10_240 == 0)
    }

    @Test func theSystemsTarListsIt() async throws {
        let folder = try TemporaryFolder()
        try write(Self.contents, to: "a.tar", in: folder.root)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["tar", "-tvf", folder.path("a.tar")]
        process.environment = ["TZ": "UTC", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let lines = text.split(separator: "\n")
        #expect(lines.count == Self.contents.count)
        #expect(lines.allSatisfy { $0.hasPrefix("-rw-r--r--") && $0.contains("1970") })
    }

    @Test func equalFilesMakeEqualBytes() throws {
        let folder = try TemporaryFolder()
        try write(Self.contents, to: "a.tar", in: folder.root)
        try write(Self.contents, to: "b.tar", in: folder.root)
        #expect(bytes(ofFile: folder.path("a.tar")) == bytes(ofFile: folder.path("b.tar")))
        #expect(folder.names(in: "") == ["a.tar", "b.tar", "source"])
    }

    @Test func aSizeBeyondEightGigabytesIsReadByPython() throws {
        let sizes: [Int64] = [0o77_777_777_777, 0o100_000_000_000, 5_000_000_000_000]
        let headers = try sizes.map { try TarWriter.header("large.bin", size: $0) }
        let script = """
            import tarfile
            def answer(header):
                return tarfile.TarInfo.frombuf(bytes.fromhex(header), "utf-8", "strict").size
            """
        let questions = headers.map { JSONValue.string($0.map { String(format: "%02x", $0) }.joined()) }
        guard let answers = try Python.answers(to: questions, by: script) else { return }
        #expect(answers == sizes.map { .number(JSONNumber(Int($0))) })
    }

    @Test(arguments: [
        String(repeating: "n", count: 101),
        String(repeating: "p", count: 156) + "/" + String(repeating: "n", count: 50),
        "p/" + String(repeating: "n", count: 101), "",
    ])
    func aNameThatIsTooLongIsRefused(name: String) throws {
        #expect(!TarWriter.fits(name))
        #expect(throws: ExportError.self) { try TarWriter.header(name, size: 0) }
    }

    @Test func aFileThatShrinksIsToldAndLeavesNothing() throws {
        let folder = try TemporaryFolder()
        try folder.write("source", "short")
        var archive = try TarWriter("a.tar", in: OutputDirectory(path: folder.root), parts: ExportParts(job: "tar"))
        let source = try FileSystemCalls.openForReading(folder.path("source"))
        let failure = #expect(throws: ExportError.self) {
            try archive.add("a", from: source, size: 100, path: "source")
        }
        #expect(failure?.message.contains("became shorter") == true)
        archive.discard()
        #expect(files(below: folder.root) == ["source"])
    }
}
