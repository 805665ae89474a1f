import Foundation
import NightshiftCore
import TestSupport
import Testing

@testable import Nightshift

/// Where files of results go that were not accepted.
struct RejectedFileTests {
    private let folder: TemporaryFolder
    private let outputs: OutputFolder

    init() throws {
        folder = try TemporaryFolder()
        outputs = OutputFolder(directory: folder.path("out"))
    }

    @Test func theyHaveTheNumberOfTheirAttempt() throws {
        try folder.write("out/a.0.png", "first")
        try folder.write("out/b/a.1.png", "second")
        #expect(
            try outputs.reject(["a.0.png", "b/a.1.png"], attempt: 3) == ["rejected/a.0-3.png", "rejected/b/a.1-3.png"])
        #expect(try folder.text("out/rejected/b/a.1-3.png") == "second")
        #expect(!outputs.exists("a.0.png") && !outputs.exists("b/a.1.png"))
    }

    @Test func whatHasTheNameIsNotReplaced() throws {
        try folder.write("out/rejected/a-2.txt", "of a session that crashed")
        try folder.write("out/a.txt", "now")
        #expect(try outputs.reject(["a.txt"], attempt: 2) == ["rejected/a-3.txt"])
        #expect(try folder.text("out/rejected/a-2.txt") == "of a session that crashed")
    }

    @Test func whatCannotBeMovedEndsTheRunAndStays() throws {
        try folder.write("out/rejected", "a file where the folder belongs")
        try folder.write("out/a.txt", "now")
        #expect(throws: FetchFailure.disk("cannot move '\(folder.path("out"))/a.txt' to 'rejected' beside it")) {
            try outputs.reject(["a.txt"], attempt: 1)
        }
        #expect(try folder.text("out/a.txt") == "now")
    }
}
