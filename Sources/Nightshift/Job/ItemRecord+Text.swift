import LosslessJSON
public import NightshiftCore
import ReplicateAPI

extension ItemRecord {
    /// The value of a column as a text for tables; empty where there is none.
    public func text(of column: ItemColumn) -> String {
        func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
        func time(_ value: Timestamp?) -> String { value.map { APITime.format($0.date) } ?? "" }
        switch column {
        case .position: return "\(position)"
        case .name: return name
        case .key: return key
        case .origin: return origin
        case .state: return state.rawValue
        case .step: return step
        case .failureClass: return failureClass ?? ""
        case .failure: return failure ?? ""
        case .attempts: return "\(attempts)"
        case .sentAt: return time(sentAt)
        case .startedAt: return time(startedAt)
        case .completedAt: return time(completedAt)
        case .endedAt: return time(endedAt)
        case .waiting: return number(waitTime)
        case .running: return number(runTime)
        case .download: return number(downloadTime)
        case .duration: return number(duration)
        case .predictTime: return number(predictTime)
        case .cost: return number(cost)
        case .rating: return rating.map(String.init) ?? ""
        case .tag: return tags.joined(separator: " ")
        case .note: return note ?? ""
        case .media: return files.compactMap(\.mediaType).joined(separator: " ")
        case .row(let name):
            guard let value = row[name], !value.isNull else { return "" }
            return value.stringValue ?? value.jsonString()
        }
    }
}
