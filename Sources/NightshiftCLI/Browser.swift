import Foundation

/// The browser of whoever sits at this machine.
enum Browser {
    /// Opens an address if there is a browser to be found; whoever has none reads the address.
    static func open(_ address: String) {
        #if os(macOS)
        let programs = ["/usr/bin/open"]
        #else
        guard hasDisplay else { return }
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let programs = folders.flatMap { folder in ["xdg-open", "wslview"].map { "\(folder)/\($0)" } }
        #endif
        guard let program = programs.first(where: FileManager.default.isExecutableFile) else { return }
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = [address]
        (process.standardInput, process.standardOutput, process.standardError) = (
            FileHandle.nullDevice, FileHandle.nullDevice, FileHandle.nullDevice
        )
        try? process.run()
    }

    private static var hasDisplay: Bool {
        let environment = ProcessInfo.processInfo.environment
        return ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"].contains { environment[$0]?.isEmpty == false }
    }
}
