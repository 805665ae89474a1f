import Foundation
import LosslessJSON
import NightshiftCore
import Testing

@testable import Nightshift

/// Tables as spreadsheets and other people's programs write them.
@Suite(.timeLimit(.minutes(1)))
struct TableEncodingTests {
    private let input = "input: { n: \"{{ name }}\" }\n"

    private func names(_ items: [Item]) -> [String] { items.compactMap { $0.input["n"]?.stringValue } }

    @Test func semicolonsAreSeenAndTold() throws {
        let scene = try InputScene(["rows.csv": "name;x\nAda;1,5\n", "two.csv": "name;x|y\nAda;1|2\n"])
        let found = try scene.expand("inputs: { csv: rows.csv }\n" + input)
        #expect(names(found.items) == ["Ada"])
        #expect(found.summary.notices(repeated: 0) == [.delimiter(file: "rows.csv", "';'")])
        let said = try scene.expand("inputs: { csv: two.csv, delimiter: \";\" }\n" + input)
        #expect(names(said.items) == ["Ada"])
        #expect(said.summary.notices(repeated: 0) == [])
        #expect(try scene.expand("inputs: { csv: two.csv }\n" + input).problems.count == 1)
    }

    @Test func oldCharacterSetsAreReadWhenTheManifestNamesThem() throws {
        let scene = try InputScene([:])
        try scene.write("a.csv", Array("name,price\n".utf8) + [0x4A, 0xFC, 0x72, 0x67, 0x2C, 0x80, 0x0A])
        let found = try scene.expand("inputs: { csv: a.csv, encoding: windows-1252 }\n" + input)
        #expect(names(found.items) == ["J\u{FC}rg"])
        #expect(found.items.first?.row["price"] == "\u{20AC}")
        let refused = try scene.expand("inputs: { csv: a.csv }\n" + input)
        #expect(
            refused.problems == [
                """
                a.csv:2:2: error: value 1 ('name') is not valid UTF-8: it holds the byte 0xFC, probably '\u{FC}' of Windows-1252
                    save the table as CSV UTF-8, or write beside it in the manifest: encoding: windows-1252
                """
            ])
    }

    @Test func aTableInUTF16IsReadByItsMark() throws {
        let scene = try InputScene([:])
        let text = "name\tx\r\nJ\u{FC}rg \u{1F600}\t1\r\n"
        for isBig in [true, false] {
            var bytes: [UInt8] = isBig ? [0xFE, 0xFF] : [0xFF, 0xFE]
            for unit in text.utf16 {
                let pair = [UInt8(unit >> 8), UInt8(unit & 0xFF)]
                bytes += isBig ? pair : pair.reversed()
            }
            try scene.write("a.csv", bytes)
            let found = try scene.expand("inputs: { csv: a.csv }\n" + input)
            #expect(names(found.items) == ["J\u{FC}rg \u{1F600}"])
            #expect(found.summary.notices(repeated: 0).contains(.encoding(file: "a.csv", .utf16)))
        }
    }

    @Test func aCharacterThatIsCutBetweenTwoPiecesIsOne() {
        var transcoder = TextTranscoder(.utf16)
        var text: [UInt8] = []
        for byte in [0xFF, 0xFE, 0x3D, 0xD8, 0x00, 0xDE, 0x61, 0x00] as [UInt8] {
            text += [byte].withUnsafeBufferPointer { transcoder.read($0) }
        }
        #expect(String(decoding: text + transcoder.finish(), as: UTF8.self) == "\u{1F600}a")
    }

    @Test(
        arguments: [
            ([0x50, 0x4B, 0x03, 0x04] + Array("xxxx[Content_Types].xml".utf8), "a workbook of Excel (xlsx)"),
            (
                [0x50, 0x4B, 0x03, 0x04] + Array("mimetypeapplication/vnd.oasis.opendocument.spreadsheet".utf8),
                "a workbook (ods)"
            ),
            ([0x50, 0x4B, 0x03, 0x04] + Array("xxIndex/Document.iwa".utf8), "a workbook of Numbers"),
            ([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0, 0], "a workbook of Excel (xls)"),
            (Array("\n<!DOCTYPE HTML><html>".utf8), "a page of HTML"), (Array("PAR1x".utf8), "a Parquet file"),
            (Array("SQLite format 3\0x".utf8), "a database of SQLite"),
        ] as [([UInt8], String)])
    func whatIsNoTableIsNamed(_ bytes: [UInt8], _ name: String) throws {
        let scene = try InputScene([:])
        for kind in ["csv", "tsv", "jsonl", "json", "lines"] {
            try scene.write("rows", bytes)
            let found = try scene.expand("inputs: { \(kind): rows }\ninput: {}\n")
            #expect(found.problems.count == 1)
            #expect(found.problems.first?.hasPrefix("x.yaml:3:11: error: 'rows' is \(name), not a table\n") == true)
        }
    }

    @Test func aFormatThatIsTakenForAnotherIsNamed() throws {
        let scene = try InputScene([
            "a": "[\n {\"name\": \"x\"}\n]\n", "b": "{\"name\": \"x\"}\n", "c": "{\n \"name\": 1\n}\n",
        ])
        #expect(
            try scene.expand("inputs: { jsonl: a }\n" + input).problems == [
                "a:1: error: this is one JSON list, not an object a line\n    read it with 'json' instead of 'jsonl'"
            ])
        #expect(
            try scene.expand("inputs: { csv: b }\n" + input).problems == [
                "b:1: error: the first line is JSON, not the names of columns\n    read the file with 'jsonl'"
            ])
        #expect(try scene.expand("inputs: { jsonl: c }\n" + input).problems.count == 1)
    }

    @Test func halfACharacterInJSONIsToldWithItsPlace() throws {
        let scene = try InputScene([
            "a.jsonl": #"{"name": "ok \ud83d\ude00 \\ud83d"}"# + "\n" + #"{"name": "x \ud83d y"}"# + "\n",
            "b.json": "[\n{\"name\": \"\\ude00\"}]",
        ])
        let found = try scene.expand("inputs: [{ jsonl: a.jsonl }, { json: b.json }]\n" + input)
        #expect(names(found.items) == ["ok \u{1F600} \\ud83d"])
        #expect(
            found.problems.map { $0.split(separator: "\n")[0] } == [
                "a.jsonl:2:13: error: the escape \\ud83d is half of a character",
                "b.json:2:11: error: the escape \\ude00 is half of a character",
            ])
    }

    @Test func columnsWithoutANameMatterOnlyWhenUsed() throws {
        let scene = try InputScene(["a.csv": ",name,x,x\n0,Ada,1,2\n"])
        #expect(try names(scene.expand("inputs: { csv: a.csv }\n" + input).items) == ["Ada"])
        for use in ["input: { n: \"{{ x }}\" }\n", "input: { n: \"{{ name }}{{ x | default('') }}\" }\n"] {
            let found = try scene.expand("inputs: { csv: a.csv }\n" + use)
            #expect(found.problems.count == 1)
            #expect(found.problems.first?.contains("'x' is the name of columns 3 and 4 of a.csv") == true)
        }
        let filtered = try scene.expand("inputs: { csv: a.csv, where: { x: 1 } }\n" + input)
        #expect(filtered.problems.first?.contains("'x' is the name of columns 3 and 4") == true)
    }

    @Test func aNoBreakSpaceInANameIsShown() throws {
        let scene = try InputScene(["a.csv": "Prompt\u{A0}Text,b\nx,1\n"])
        let found = try scene.expand("inputs: { csv: a.csv }\ninput: { n: \"{{ ['Prompt Text'] }}\" }\n")
        #expect(
            found.problems.first?.hasSuffix(
                "unknown name 'Prompt Text' for the rows of a.csv\n    did you mean 'Prompt\u{237D}Text'? "
                    + "(\u{237D} is a no-break space, U+00A0)") == true)
    }

    @Test func rowsThatNothingUsesAreTold() throws {
        let scene = try InputScene(["rows.csv": "Prompt Text,n\np1,1\np2,2\np3,3\n", "one.csv": "a\n1\n"])
        func notices(_ text: String, repeated: Int = 0) throws -> [String] {
            try scene.expand(text).summary.notices(repeated: repeated).map(\.description)
        }
        #expect(
            try notices("inputs: { csv: rows.csv }\ninput: { n: a }\n") == [
                "no template uses a column of rows.csv, so its 3 rows are all the same item; write a column into 'input', "
                    + "such as \"{{ ['Prompt Text'] }}\"; it has: Prompt Text, n"
            ])
        #expect(
            try notices("inputs: { csv: rows.csv }\ninput: { n: \"number { n }\" }\n").first?
                .contains("'{ n }' has one brace; a template has two: {{ … }}") == true)
        #expect(
            try notices("inputs: { csv: rows.csv }\nmatrix: { seed: [1, 2] }\ninput: { n: \"{{ n }}\" }\n") == [
                "no template uses 'seed' of the matrix, so its combinations are the same items"
            ])
        #expect(try notices("inputs: { csv: one.csv }\ninput: { n: a }\n") == [])
        #expect(try notices("inputs: { csv: rows.csv }\ninput: { n: \"{{ n }}\" }\n") == [])
        #expect(try notices("inputs: { csv: rows.csv }\ninput: { n: \"{{ index }}\" }\n") == [])
        #expect(try notices("inputs: { csv: rows.csv }\ninput: { n: a }\nkey: \"{{ n }}\"\n") == [])
        // Most rows repeat an earlier one, in spite of what they differ in.
        let some =
            "inputs: { list: [{ a: 1, b: 1 }, { a: 1, b: 2 }, { a: 1, b: 3 }, { a: 2, b: 4 }] }\ninput: { n: \"{{ a }}\" }\n"
        #expect(try notices(some, repeated: 2) == [])
        #expect(
            try notices(some, repeated: 3) == [
                "3 of 4 rows repeat an earlier one and are not run, because no template uses 'b', in which they differ"
            ])
    }
}
