//! A history in words.

use everruns_core::event::{EventData, Recorded};
use everruns_store::{Guard, Operation};

pub(crate) fn operation(operation: Operation, done: bool) -> String {
    let what = match operation {
        Operation::Read => "reads",
        Operation::Write => "writes",
        Operation::Post => "posts",
        Operation::Append(Guard::Holder { .. }) => "appends as holder",
        Operation::Append(Guard::Takeover { .. }) => "takes over",
        Operation::Claim => "claims",
    };
    format!("{what}{}", if done { "" } else { ", but is refused" })
}

pub(crate) fn event(event: &Recorded) -> String {
    let detail = match &event.data {
        EventData::InputMessage(input) => match input.delivery {
            Some(delivery) => format!("{} {delivery:?} {:?}", input.message.text(), input.queued_sequences),
            None => input.message.text(),
        },
        EventData::InputSteered(steered) => steered.message_id.to_string(),
        EventData::InputDequeued(dequeued) => format!("{} {:?}", dequeued.message_id, dequeued.queued_sequences),
        EventData::InputDropped(dropped) => format!("{} {:?}", dropped.message_id, dropped.reason),
        EventData::OutputMessageDelta(delta) => format!("{:?}", delta.delta),
        EventData::OutputMessageCompleted(completed) => {
            let calls: Vec<_> =
                completed.message.tool_calls().map(|call| format!("{}={}", call.id, call.name)).collect();
            format!("{:?} {} {}", completed.message.text(), calls.join(" "), completed.phase.as_deref().unwrap_or(""))
        }
        EventData::ToolStarted(started) => format!("{}={}", started.tool_call.id, started.tool_call.name),
        EventData::ToolCompleted(completed) => {
            format!("{}={} {:?}", completed.tool_call_id, completed.tool_name, completed.status)
        }
        EventData::ToolCallRequested(requested) => {
            requested.tool_calls.iter().map(|call| call.id.as_str()).collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    };
    format!("{:>4} {} {detail}", event.sequence, event.data.type_name()).trim_end().to_owned()
}
