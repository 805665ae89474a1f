import Foundation
import NightshiftCore
import Testing

@testable import Nightshift

@Suite(.timeLimit(.minutes(1)))
struct FileSystemCallsTests {
    @Test(arguments: [
        ("/a/b", "/a"), ("/a/b/", "/a"), ("/a/b//", "/a"), ("/a", "/"), ("/a/", "/"), ("/", "/"), ("//", "/"),
        ("a", "."), ("a/", "."), ("a/b", "a"), ("", "."), (".", "."), ("./a", "."),
    ])
    func aPathHasAParent(path: String, parent: String) {
        #expect(FileSystemCalls.parent(of: path) == parent)
    }

    @Test(arguments: [
        (ENOSPC, "no space left on device; free some space, then run again"),
        (EDQUOT, "disk quota exceeded; free some space, then run again"),
        (EACCES, "permission denied; allow this user to write there, then run again"),
        (EPERM, "operation not permitted; allow this user to write there, then run again"),
        (EROFS, "read-only file system; the file system is read-only, choose another directory"),
        (EFBIG, "file too large; the file system or a limit of this process allows no larger file"),
        (EMFILE, "too many open files; raise the limit of open files (ulimit -n), then run again"),
        (ENFILE, "too many open files in system; raise the limit of open files (ulimit -n), then run again"),
        (ELOOP, "too many levels of symbolic links; it is a symbolic link, which is not followed here"),
        (
            ENOTDIR,
            "not a directory; a file stands where a directory is needed, or a symbolic link, which is not followed here"
        ),
        (EIO, "input/output error"),
    ])
    func aFailureOfTheSystemSaysWhatCanBeDone(number: Int32, reason: String) {
        let error = SystemCallError(number: number, path: "/out/x")
        #expect(error.message(doing: "write") == "cannot write '/out/x': \(reason)")
        // Files are closed again, so that too many of them is a state that passes; nothing else does.
        let failure = FetchFailure(error, doing: "write")
        let isPassing = number == EMFILE || number == ENFILE
        #expect(
            failure == (isPassing ? .unavailable(error.message(doing: "write")) : .disk(error.message(doing: "write"))))
    }
}
