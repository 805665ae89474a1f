import Foundation
import TestSupport
import Testing

@testable import NightshiftCLI

struct TokenSourceTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func source(_ variables: [String: String]) -> TokenSource {
        TokenSource { variables[$0] }
    }

    private func file(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: URL(filePath: folder.path(name)))
        return folder.path(name)
    }

    @Test func takesTheVariableBeforeFiles() throws {
        let path = try file("token", "r8_file")
        let source = source(["REPLICATE_API_TOKEN": "r8_variable", "REPLICATE_API_TOKEN_FILE": path])
        #expect(source.token == "r8_variable")
        #expect(source.place == .variable)
    }

    @Test func readsAFileWithoutTheLineEnd() throws {
        let path = try file("token", "r8_file\n")
        let source = source(["REPLICATE_API_TOKEN_FILE": path, "CREDENTIALS_DIRECTORY": "/nowhere"])
        #expect(source.token == "r8_file")
        #expect(source.place == .file(path))
    }

    @Test func readsACredentialOfSystemd() throws {
        let path = try file("replicate_api_token", "r8_credential")
        let source = source(["CREDENTIALS_DIRECTORY": folder.root])
        #expect(source.token == "r8_credential")
        #expect(source.place == .credential(path))
    }

    @Test func overlooksCredentialsForOtherPrograms() {
        let source = source(["CREDENTIALS_DIRECTORY": folder.root])
        #expect(source.token == nil && source.place == nil && source.problem == nil)
    }

    @Test(arguments: [
        ("REPLICATE_API_TOKEN=r8_x and more\n", "the token alone"),
        (String(repeating: "x", count: 5000), "the token alone"),
        ("\n", "is empty"),
    ])
    func saysWhyAFileHasNoToken(text: String, problem: String) throws {
        let source = source(["REPLICATE_API_TOKEN_FILE": try file("token", text)])
        #expect(source.token == nil)
        #expect(source.problem?.contains(problem) == true)
        #expect(source.problem?.contains("r8_x") == false)
    }

    @Test func saysThatANamedFileIsMissing() {
        let source = source(["REPLICATE_API_TOKEN_FILE": folder.path("nothing")])
        #expect(source.token == nil)
        #expect(source.problem == "cannot read the token's file '\(folder.path("nothing"))': no such file or directory")
    }
}
