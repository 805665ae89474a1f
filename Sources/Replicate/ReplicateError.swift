public import Foundation
import LosslessJSON
public import ReplicateAPI

/// Why a call of the API did not give what was asked for.
public struct ReplicateError: Error, Sendable {
    /// The kind of failure; more may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String, Hashable, Sendable {
            case notConnected, connectionLost, timeout, canceled
            case badRequest, unauthorized, noCredit, forbidden, notFound, tooLarge, invalidInput, throttled
            case refused, serverFailure, unexpectedAnswer
            case insecureURL, foreignURL, invalidArgument, unreadableFile, unwritableFile
            case predictionFailed, predictionCanceled, predictionAborted
        }

        private let value: Value

        /// No connection could be made: the request was not sent.
        public static let notConnected = Code(value: .notConnected)
        /// The connection broke before the answer was complete.
        public static let connectionLost = Code(value: .connectionLost)
        /// No answer came in time.
        public static let timeout = Code(value: .timeout)
        /// The task was canceled.
        public static let canceled = Code(value: .canceled)
        /// 400.
        public static let badRequest = Code(value: .badRequest)
        /// 401: the token is missing or wrong.
        public static let unauthorized = Code(value: .unauthorized)
        /// 402: no credit is left.
        public static let noCredit = Code(value: .noCredit)
        /// 403: the token may not do this.
        public static let forbidden = Code(value: .forbidden)
        /// 404: there is no such thing, or the model is not an official one.
        public static let notFound = Code(value: .notFound)
        /// 413, or a file that is larger than the API takes, which is then not sent.
        public static let tooLarge = Code(value: .tooLarge)
        /// 422: the version or the input is wrong; ``ReplicateError/problem`` says which fields.
        public static let invalidInput = Code(value: .invalidInput)
        /// 429; ``ReplicateError/retryAfter`` says how long to wait.
        public static let throttled = Code(value: .throttled)
        /// Another status from 400 to 499.
        public static let refused = Code(value: .refused)
        /// A status from 500.
        public static let serverFailure = Code(value: .serverFailure)
        /// An answer that does not follow the contract.
        public static let unexpectedAnswer = Code(value: .unexpectedAnswer)
        /// Plain http to another machine.
        public static let insecureURL = Code(value: .insecureURL)
        /// A link to another host than the API's.
        public static let foreignURL = Code(value: .foreignURL)
        /// An argument that cannot be sent.
        public static let invalidArgument = Code(value: .invalidArgument)
        /// A file to upload cannot be read.
        public static let unreadableFile = Code(value: .unreadableFile)
        /// A file cannot be written.
        public static let unwritableFile = Code(value: .unwritableFile)
        /// A prediction that was waited for failed; ``ReplicateError/prediction`` has its error and logs.
        public static let predictionFailed = Code(value: .predictionFailed)
        /// A prediction that was waited for was canceled, by somebody or by its deadline.
        public static let predictionCanceled = Code(value: .predictionCanceled)
        /// The platform gave a prediction up before it had started; nothing was billed, and it can be made again.
        public static let predictionAborted = Code(value: .predictionAborted)

        /// The name of the code.
        public var description: String { value.rawValue }
    }

    /// What is known of a request that failed.
    public enum Delivery: Hashable, Sendable {
        /// It certainly did not reach the API.
        case notSent
        /// It was answered with a refusal: nothing was done.
        case refused
        /// It may have been acted on: the answer was lost, unreadable, or told of a failure inside the API.
        case unknown
    }

    /// The kind of failure.
    public var code: Code
    /// One sentence for people, without token and without the query of any URL.
    public var message: String
    /// What is known of the request.
    public var delivery: Delivery
    /// The status of the answer, if there was one.
    public var status: Int?
    /// The answer's own explanation, if it was one.
    public var problem: ProblemDetails?
    /// The beginning of the answer's body as it came.
    public var body: String
    /// How long the API asks to wait; always there for ``Code/throttled``.
    public var retryAfter: Duration?
    /// The time at the server, from the `Date` header of the answer.
    public var serverDate: Date?
    /// The link of the page that could not be read, where a list broke off in the middle: ``Client/paginate(from:of:upTo:)`` goes on
    /// there.
    public var pageLink: String?
    /// The answer was a success by its status, and is not what was asked for: a create was accepted all the same.
    package var isSuccess = false
    /// How long the request waited for a free connection, which is not the server's doing.
    var connectionWait = Duration.zero
    /// The prediction that ended without success, or that was waited for in vain, as it was seen last.
    public var prediction: Prediction?

    /// Makes an error; clients throw those they make.
    public init(_ code: Code, _ message: String, delivery: Delivery = .notSent) {
        self.code = code
        self.message = message
        self.delivery = delivery
        body = ""
    }

    /// Whether a create that failed with this error certainly made nothing, so that it can be sent again.
    public var isCertainlyNotAccepted: Bool { delivery != .unknown }
}

extension ReplicateError: CustomStringConvertible, LocalizedError {
    /// The message.
    public var description: String { message }

    /// The message, for `localizedDescription`.
    public var errorDescription: String? { message }
}

extension ReplicateError.Code {
    /// Matches an error of the client by its code:
    ///
    /// ```swift
    /// do {
    ///     try await client.run(model, input: input)
    /// } catch ReplicateError.Code.invalidInput {
    ///     print("the model does not take this input")
    /// }
    /// ```
    public static func ~= (code: ReplicateError.Code, error: any Error) -> Bool {
        (error as? ReplicateError)?.code == code
    }
}

extension ReplicateError {
    init(_ error: TransportError) {
        let code: Code =
            switch error.code {
            case .connect: .notConnected
            case .connectionLost: .connectionLost
            case .timeout: .timeout
            case .canceled: .canceled
            case .invalidRequest: .invalidArgument
            case .unreadableBody: .unreadableFile
            case .tooLong: .unexpectedAnswer
            }
        self.init(code, error.message, delivery: error.delivery == .notSent ? .notSent : .unknown)
        connectionWait = error.connectionWait
    }

    /// An answer that is no success.
    init(status: Int, headers: HeaderFields, body: [UInt8], request: String) {
        let problem = ProblemDetails(parsing: body)
        let code = Code(status: status)
        let words = problem?.summary.map { ": \(BoundedText.line($0, characters: 2000))" } ?? ""
        // A redirect or a time-out of the gateway says nothing about what was done behind it.
        let isRefusal = (400...499).contains(status) && status != 408
        self.init(code, "\(request) was answered with \(status)\(words)", delivery: isRefusal ? .refused : .unknown)
        self.status = status
        self.problem = problem
        self.body = String(decoding: body, as: UTF8.self)
        serverDate = headers["Date"].flatMap(APITime.parseHTTPDate)
        let header = headers["Retry-After"]
        if status == 429 || (status == 503 && header != nil) {
            retryAfter = RetryWait.duration(header: header, problem: problem, now: serverDate ?? Date())
        }
    }
}

extension ReplicateError.Code {
    fileprivate init(status: Int) {
        self =
            switch status {
            case 400: .badRequest
            case 401: .unauthorized
            case 402: .noCredit
            case 403: .forbidden
            case 404: .notFound
            case 413: .tooLarge
            case 422: .invalidInput
            case 429: .throttled
            case 400...499: .refused
            case 500...: .serverFailure
            default: .unexpectedAnswer
            }
    }
}
