import Foundation

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Reads what people type, a line at a time; who waits for it can be cancelled at any moment.
struct TerminalReader: Sendable {
    var descriptor: Int32 = STDIN_FILENO

    /// How often a process in the background looks whether it has come to the foreground, in milliseconds.
    private static let backgroundInterval: Int32 = 200

    /// Forgets what was typed before anything was asked: it answers nothing.
    func discardInput() {
        // In the background this would stop the process.
        if isInForeground { tcflush(descriptor, TCIFLUSH) }
    }

    /// Asks a question that is answered by y or n; no answer is no.
    func agrees(_ question: String) async -> Bool {
        discardInput()
        CommandContext.show("\(question.printable) [y/N] ")
        guard let answer = await line() else { return false }
        return Self.isYes(answer)
    }

    static func isYes(_ answer: String) -> Bool {
        ["y", "yes"].contains(answer.trimmingCharacters(in: .whitespaces).lowercased())
    }

    /// - Returns: the next line without its end; `nil` at the end of input, or if the task is cancelled first.
    func line() async -> String? {
        guard let waker = Waker() else { return nil }
        return await withTaskCancellationHandler {
            // A thread of its own, because waiting blocks.
            await withCheckedContinuation { continuation in
                Thread.detachNewThread { continuation.resume(returning: read(until: waker)) }
            }
        } onCancel: {
            waker.wake()
        }
    }

    private func read(until waker: Waker) -> String? {
        var bytes: [UInt8] = []
        while true {
            // Whoever reads a terminal from the background is stopped, and all that runs with it.
            let mayRead = isInForeground
            var waits = [
                pollfd(fd: waker.reading, events: Int16(POLLIN), revents: 0),
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            ]
            let count = poll(&waits, mayRead ? 2 : 1, mayRead ? -1 : Self.backgroundInterval)
            if count < 0, errno != EINTR { return nil }
            if waits[0].revents != 0 { return nil }
            guard count > 0, mayRead, waits[1].revents != 0, isInForeground else { continue }
            var byte: UInt8 = 0
            switch systemRead(descriptor, &byte, 1) {
            case 1 where byte == UInt8(ascii: "\n"): return String(decoding: bytes, as: UTF8.self)
            case 1: if bytes.count < 1000 { bytes.append(byte) }
            case 0: return nil
            default: if errno != EINTR { return nil }
            }
        }
    }

    /// Whether this process may read the terminal now. What is no terminal may always be read.
    private var isInForeground: Bool {
        guard isatty(descriptor) == 1 else { return true }
        let group = tcgetpgrp(descriptor)
        return group < 0 || group == getpgrp()
    }
}

/// Ends a `poll` from another thread.
private final class Waker: Sendable {
    let reading: Int32
    private let writing: Int32

    init?() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        (reading, writing) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    deinit {
        close(reading)
        close(writing)
    }

    func wake() {
        var byte: UInt8 = 0
        _ = systemWrite(writing, &byte, 1)
    }
}

private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}

private func systemWrite(_ descriptor: Int32, _ buffer: UnsafeRawPointer, _ count: Int) -> Int {
    write(descriptor, buffer, count)
}
