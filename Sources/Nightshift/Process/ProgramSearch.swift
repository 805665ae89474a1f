import Foundation

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Looks for programs as a shell does.
enum ProgramSearch {
    /// The first executable file of a name in the folders of a search path such as `PATH`; an absolute path.
    static func path(of name: String, in searchPath: String?) -> String? {
        for folder in (searchPath ?? "").split(separator: ":") {
            let path = "\(folder)/\(name)"
            var status = stat()
            if access(path, X_OK) == 0, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
                return absolute(path)
            }
        }
        return nil
    }

    static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
    }
}
