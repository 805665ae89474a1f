import Foundation
public import Logging
import LosslessJSON

extension EmbeddedServer {
    /// What a server does and how it behaves; the defaults are a fast server without faults or limits.
    public struct Configuration: Sendable {
        /// The port on 127.0.0.1; 0 lets the system choose.
        public var port = 0
        /// Whether the server speaks TLS, with a certificate for 127.0.0.1, ::1 and localhost that it makes when it starts
        /// to run. Clients have to trust ``EmbeddedServer/certificateFile``.
        public var usesTLS = false
        /// The only token that is taken; `nil` takes any that is not empty.
        public var token: String?
        /// Models that are shell commands, by `owner/name`.
        ///
        /// A command reads its input as JSON from standard input, with files as paths, and writes its output as JSON to
        /// standard output; a string there that is the path of a file in `$NIGHTSHIFT_FOLDER` (which is also `$TMPDIR`)
        /// becomes a file of the output. Any exit status but 0 fails the prediction with the end of standard error.
        public var commands: [String: String] = [:]
        /// The ids of the versions of ``commands``, by the same names: 64 lower-case hexadecimal digits each. By default an
        /// id follows from the name and the command.
        ///
        /// A program that runs `owner/name:version` then finds a command in the place of that version.
        public var versions: [String: String] = [:]
        /// Where commands run; by default in the folder this process runs in.
        public var commandDirectory: String?
        /// How many commands run at a time; the others wait in `starting`.
        public var commandLimit = ProcessInfo.processInfo.activeProcessorCount
        /// How long a built-in model waits in `starting`.
        public var startDelay = Duration.zero
        /// How long every run of a built-in model takes; `nil` leaves it to the model.
        public var runTime: Duration?
        /// How long input, output, logs and files are kept after the end of a prediction.
        public var retention = Duration.seconds(3600)
        /// How many predictions are remembered; beyond it the oldest are forgotten.
        public var capacity = 1_000_000
        /// How fast predictions may be created; `nil` means as fast as they come.
        public var creates: RateLimit?
        /// How fast everything else may be asked for.
        public var reads: RateLimit?
        /// Whether a 429 also says the wait in a `Retry-After` header, which nobody has seen the real API do.
        public var sendsRetryAfter = false
        /// The largest file that can be uploaded.
        public var maximumFileSize = 100_000_000
        /// What goes wrong on purpose.
        public var faults = Faults()
        /// Whether a held create (`Prefer: wait`) is answered as soon as the output is there, with status "processing", as
        /// the real API was seen to do. A read then says "succeeded".
        public var earlyOutput = false
        /// What webhooks are signed with, as `GET /webhooks/default/secret` tells it: `whsec_` and the key in Base64.
        public var webhookSecret = "whsec_bmlnaHRzaGlmdC13ZWJob29rLWtleS0x"
        /// After how long without an event an event stream is closed.
        public var streamIdleTime = Duration.seconds(30)
        /// A file that gets one line of JSON for each accepted create, before it is answered: `time`, `id`, `model`,
        /// `input_digest` (SHA-256 of the canonical JSON), `input`, `answered`.
        public var requestLog: String?
        /// Told what the server does; `nil` tells nobody.
        public var logger: Logger?

        public init() {}
    }

    /// How many requests are let through in a time.
    public struct RateLimit: Hashable, Sendable {
        public var count: Int
        public var per: Duration
        /// How many may come at once after a pause.
        public var burst: Int

        public init(count: Int, per: Duration, burst: Int? = nil) {
            self.count = max(1, count)
            self.per = per
            self.burst = max(1, burst ?? count)
        }

        var perMinute: Int {
            Int(saturating: (Double(count) * 60 / max(per.inSeconds, 0.001)).rounded())
        }
    }
}
