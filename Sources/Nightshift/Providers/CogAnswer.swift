import LosslessJSON
import NightshiftCore
import Replicate
import ReplicateAPI

/// What a Cog server's answer to a create means. Both generations of servers are understood.
enum CogAnswer: Sendable {
    /// The prediction has ended, one way or the other.
    case finished(Prediction)
    /// The same id is running there already: from a caller that is gone, so its result can no longer be had.
    case alreadyRunning
    /// No slot is free. The current generation says so for some milliseconds after each answer, too.
    case busy
    /// The model is not loaded yet, or could not be.
    case notReady
    /// The request is refused for good.
    case refused(ProviderError)
    /// Something went wrong after the request had arrived.
    case broken(String)

    /// Reads the answer to `PUT /predictions/{id}`.
    init(status: Int, body: [UInt8], predictionID: String, _ redaction: Redaction = Redaction(secrets: [])) {
        let body = redaction.mayConcern(body) ? redaction(body) : body
        switch status {
        case 200, 201:
            self = CogAnswer.prediction(body, predictionID: predictionID)
        case 202: self = .alreadyRunning
        case 409, 429: self = .busy
        case 503: self = .notReady
        case 422:
            self = .refused(ProviderError(.invalidInput, "the input was refused: \(CogAnswer.problem(body))"))
        case 404, 405:
            self = .refused(ProviderError(.notFound, "answered \(status) to a prediction; is this a Cog server?"))
        case 400..<500:
            self = .refused(ProviderError(.rejected, "answered \(status): \(CogAnswer.problem(body))"))
        default:
            self = .broken("answered \(status): \(CogAnswer.problem(body))")
        }
    }

    private static func prediction(_ body: [UInt8], predictionID: String) -> CogAnswer {
        guard case .object(var members)? = try? JSONValue(parsing: body) else {
            return .broken("answered with something that is no JSON object")
        }
        // The older generation answers null where it was given none; the id is ours anyway.
        members["id"] = .string(predictionID)
        do throws(ResourceDecodingError) {
            let prediction = try Prediction(json: .object(members))
            return prediction.status.isTerminal
                ? .finished(prediction.bounded()) : .broken("answered with the status '\(prediction.status.rawValue)'")
        } catch {
            return .broken("answered with something that is no prediction: \(error)")
        }
    }

    /// The server's own words: `detail` as a text or as a list of what is wrong where, or `error`.
    private static func problem(_ body: [UInt8]) -> String {
        guard let json = try? JSONValue(parsing: body) else {
            let text = String(decoding: body.prefix(200), as: UTF8.self)
            return text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "no explanation"
        }
        if let problems = json["detail"]?.arrayValue {
            return problems.map(problemText).joined(separator: "; ")
        }
        return json["detail"]?.stringValue ?? json["error"]?.stringValue ?? "no explanation"
    }

    private static func problemText(_ problem: JSONValue) -> String {
        let message = problem["msg"]?.stringValue ?? problem.jsonString()
        let place = (problem["loc"]?.arrayValue ?? []).compactMap(\.stringValue)
        let field = place.starts(with: ["body", "input"]) ? place.dropFirst(2) : place[...]
        return field.isEmpty ? message : "\(field.joined(separator: ".")): \(message)"
    }
}

/// What `GET /health-check` says, as far as it matters for giving work.
enum CogHealth: Hashable, Sendable {
    case ready
    case notReady(CogPool.Reason)

    init(status: Int, body: [UInt8]) {
        guard status == 200, let json = try? JSONValue(parsing: body), let word = json["status"]?.stringValue else {
            self = .notReady(.unreachable("its health check answered \(status); is this a Cog server?"))
            return
        }
        switch word {
        case "READY": self = .ready
        case "BUSY": self = .notReady(.busy)
        case "STARTING": self = .notReady(.starting)
        default: self = .notReady(.broken("its health is \(word)"))
        }
    }
}
