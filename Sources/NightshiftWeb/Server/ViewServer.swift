import Foundation
import HTTPTypes
import Hummingbird
package import Logging
package import Nightshift
import ReplicateServer
import Synchronization

/// Serves the page of some jobs until it is canceled.
package struct ViewServer: Sendable {
    package struct Settings: Sendable {
        /// Where it listens.
        package var host = "127.0.0.1"
        /// 0 for any that is free.
        package var port = 0
        /// Whether the page leaves out what changes anything.
        package var isReadOnly = false
        /// Names that browsers may call it by, beside addresses and `localhost`.
        package var names: Set<String> = []

        package init() {}
    }

    private let settings: Settings
    private let views: [JobView]
    private let access: ViewAccess
    private let logger: Logger

    package init(_ jobs: [Job], settings: Settings = Settings(), words: ViewWords, logger: Logger? = nil) {
        self.settings = settings
        var names: Set<String> = []
        views = jobs.map { job in
            var (name, ordinal) = (job.name, 1)
            while !names.insert(name).inserted {
                ordinal += 1
                name = "\(job.name)-\(ordinal)"
            }
            return JobView(job, name: name, words: words)
        }
        access = ViewAccess(hosts: settings.names.union([settings.host]))
        self.logger = logger ?? Logger(label: "nightshift-view") { _ in SwiftLogNoOpLogHandler() }
    }

    /// Runs until the task is canceled.
    /// - Parameter onReady: told the address of the page, with the token in it, and the port.
    /// - Throws: ``EngineError`` if it cannot listen.
    package func run(onReady: @escaping @Sendable (String, Int) async -> Void) async throws(EngineError) {
        let isReady = Mutex(false)
        let responder = ViewResponder(views: views, access: access, isReadOnly: settings.isReadOnly)
        let application = Application(
            responder: responder, server: .http1(),
            configuration: ApplicationConfiguration(address: .hostname(settings.host, port: settings.port)),
            onServerRunning: { [access, settings] channel in
                let port = channel.localAddress?.port ?? settings.port
                isReady.withLock { $0 = true }
                let host = ["0.0.0.0", "::"].contains(settings.host) ? "127.0.0.1" : settings.host
                let shown = host.contains(":") ? "[\(host)]" : host
                await onReady("http://\(shown):\(port)/?token=\(access.token)", port)
            },
            logger: logger)
        do {
            try await application.run()
        } catch {
            guard !Task.isCancelled, !isReady.withLock({ $0 }) else { return }
            throw EngineError(
                .cannotListen, "cannot listen on \(settings.host):\(settings.port): \(ListeningFailure.reason(error))")
        }
    }
}
