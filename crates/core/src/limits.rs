//! Every limit of the system, by name. Units stand last in the name.

/// Largest request body, bytes; beyond it 413.
pub const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;
/// How much of a body beyond its limit is read and thrown away, bytes, so that the caller gets its answer.
pub const BODY_BYTES_IGNORED_MAX: usize = 3 * BODY_BYTES_MAX;
/// How deep arrays and objects of a body may stand in each other. What is taken is wrapped in events, lists and prompts
/// later, and every reader's JSON parser has its own limit, ours 128.
pub const BODY_DEPTH_MAX: usize = 64;
/// Largest text of one message, all its text parts together, bytes; beyond it 413.
pub const MESSAGE_TEXT_BYTES_MAX: usize = 1024 * 1024;
/// Messages that wait in a session for turns of their own; beyond it 429.
pub const QUEUED_MESSAGES_MAX: usize = 100;
/// Largest image inside a message, bytes; beyond it 413.
pub const IMAGE_BYTES_MAX: usize = 5 * 1024 * 1024;
/// Length of an address, characters.
pub const URL_CHARS_MAX: usize = 2_048;
/// Length of a language tag, characters.
pub const LOCALE_CHARS_MAX: usize = 35;
/// Length of the ids and names of who wrote a message elsewhere, characters.
pub const ACTOR_CHARS_MAX: usize = 255;
/// Content parts of one message.
pub const MESSAGE_PARTS_MAX: usize = 100;
/// Length of an agent's or harness's name, characters.
pub const NAME_CHARS_MAX: usize = 64;
/// Length of a display name or title, characters.
pub const TITLE_CHARS_MAX: usize = 500;
/// Length of a description, characters.
pub const DESCRIPTION_CHARS_MAX: usize = 10_000;
/// Largest system prompt, bytes.
pub const SYSTEM_PROMPT_BYTES_MAX: usize = 256 * 1024;
/// Tags of one resource or message.
pub const TAGS_MAX: usize = 50;
/// Length of one tag, characters.
pub const TAG_CHARS_MAX: usize = 100;
/// Capabilities of one layer.
pub const CAPABILITIES_MAX: usize = 100;
/// Capabilities that one brings along by its dependencies, itself included.
pub const CAPABILITY_DEPENDENCIES_MAX: usize = 100;
/// Settings of one capability, bytes of JSON.
pub const CAPABILITY_CONFIG_BYTES_MAX: usize = 64 * 1024;
/// Providers of one organization, the built-in one apart.
pub const PROVIDERS_MAX: usize = 100;
/// Models of one organization, the built-in ones apart.
pub const MODELS_MAX: usize = 2_000;
/// Secrets that are wrapped anew in one transaction.
pub const SECRETS_REWRAPPED_BATCH: i64 = 100;

/// A file of profiles that an operator gives, bytes.
pub const PROFILES_BYTES_MAX: usize = 4 << 20;

/// What is added up of costs, billionths of a US dollar: so much is the same after a way through doubles and back.
pub const COST_NANOS_MAX: u64 = 1 << 50;

/// What a million tokens of a model may cost in its profile, US dollars.
pub const PRICE_MAX: f64 = 1_000_000.0;

/// Entries of one list in the profile of a model.
pub const PROFILE_ITEMS_MAX: usize = 20;

/// Words for what one model is good for.
pub const MODEL_CAPABILITIES_MAX: usize = 50;
/// Secrets of one session or provider.
pub const SECRETS_MAX: usize = 100;
/// Length of the name of a secret, characters.
pub const SECRET_NAME_CHARS_MAX: usize = 255;
/// Size of one secret, bytes.
pub const SECRET_BYTES_MAX: usize = 64 * 1024;
/// Tool definitions of one layer.
pub const TOOLS_MAX: usize = 128;
/// Initial files of one layer.
pub const INITIAL_FILES_MAX: usize = 200;
/// Contents of all initial files of one layer together, bytes as they are sent; beyond it 413. Every list of agents and
/// every revision has all of them; larger files are put into the workspace.
pub const INITIAL_FILES_BYTES_MAX: usize = 2 * 1024 * 1024;
/// All tools of one layer together, or all its capabilities, or all its MCP servers, bytes of JSON; beyond it 413.
pub const LAYER_PART_BYTES_MAX: usize = 512 * 1024;
/// Agents of one organization, archived ones too, where keys are asked for; beyond it 409.
pub const AGENTS_PER_ORG_MAX: i64 = 10_000;
/// Harnesses of one organization, archived ones too, the built-in ones apart, where keys are asked for; beyond it 409.
/// A list has all of them.
pub const HARNESSES_PER_ORG_MAX: i64 = HARNESSES_LISTED_MAX;
/// Sessions of one organization that are not deleted, where keys are asked for; beyond it 409.
pub const SESSIONS_PER_ORG_MAX: i64 = 1_000_000;
/// Revisions kept of one resource, the newest ones.
pub const REVISIONS_MAX: i64 = 500;
/// Versions of one agent.
pub const AGENT_VERSIONS_MAX: i64 = 200;
/// Bytes of all versions of one agent together, as they are kept: a list has them all.
pub const AGENT_VERSIONS_BYTES_MAX: i64 = 32 * 1024 * 1024;
/// Length of a change reason, characters.
pub const CHANGE_REASON_CHARS_MAX: usize = 1_000;
/// How often a change without `If-Match` is tried again because another one came first.
pub const CHANGE_TRIES_MAX: usize = 8;
/// Harnesses that stand on each other.
pub const HARNESS_DEPTH_MAX: usize = 8;
/// Largest YAML text, bytes; the same settings as JSON may be larger.
pub const YAML_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Brackets of a YAML text that are open at once.
pub const YAML_OPEN_MAX: usize = 1_000;
/// Hosts in one list of `network_access`.
pub const NETWORK_HOSTS_MAX: usize = 200;
/// Harnesses of one list.
pub const HARNESSES_LISTED_MAX: i64 = 1_000;
/// How many names are tried for a copy: `name-copy`, `name-copy-2`, …
pub const COPIES_MAX: usize = 100;
/// Largest file of a workspace, bytes; beyond it 413.
pub const FILE_BYTES_MAX: usize = BODY_BYTES_MAX;
/// All files of one workspace together, bytes; beyond it 413.
pub const WORKSPACE_BYTES_MAX: i64 = 500 * 1024 * 1024;
/// Files and directories of one workspace; beyond it 413.
pub const WORKSPACE_ENTRIES_MAX: i64 = 10_000;
/// Workspaces of one organization that are listed, the newest ones; those made for sessions are not listed.
pub const WORKSPACES_LISTED_MAX: i64 = 1_000;
/// Length of a file's path, bytes.
pub const FILE_PATH_BYTES_MAX: usize = 1_024;
/// Length of one name in a path, bytes.
pub const FILE_NAME_BYTES_MAX: usize = 255;
/// Names in a path.
pub const FILE_DEPTH_MAX: usize = 32;
/// Bytes of a file's content that are kept in one row, and read and sent in one go.
pub const BLOB_PART_BYTES: usize = 1024 * 1024;
/// Contents without a file that are looked at in one go, to be thrown away.
pub const BLOB_SWEEP_BATCH: i64 = 64;
/// Largest image that is uploaded, bytes; beyond it 413. It is held in memory and written in one transaction, which all
/// other writes of the embedded database wait for; models take no larger ones anyway.
pub const IMAGE_UPLOAD_BYTES_MAX: usize = 20 * 1024 * 1024;
/// What may stand around the image in an upload, bytes.
pub const IMAGE_FORM_BYTES_MAX: usize = 64 * 1024;
/// Images that are taken in at the same time; others wait …
pub const IMAGE_UPLOADS_MAX: usize = 4;
/// … so long, seconds; beyond it 503.
pub const IMAGE_WAIT_SECONDS_MAX: u64 = 10;
/// How long an upload may take, seconds; beyond it 408.
pub const IMAGE_UPLOAD_SECONDS_MAX: u64 = 120;
/// Images of a list page when the caller names no limit.
pub const IMAGES_PAGE_DEFAULT: i64 = 50;
/// Width and height of an image that is made small, pixels; beyond it there is no thumbnail.
pub const IMAGE_SIDE_PIXELS_MAX: u32 = 32 * 1024;
/// What an image that is made small may take once it is unpacked, bytes; beyond it there is no thumbnail.
pub const IMAGE_UNPACKED_BYTES_MAX: u64 = 100 * 1024 * 1024;
/// Images that are made small at the same time; others wait.
pub const THUMBNAILS_MAX: usize = 2;
/// Width and height of a thumbnail at most, pixels.
pub const THUMBNAIL_PIXELS: u32 = 200;
/// How often a change of a workspace is planned again because another process changed it meanwhile; beyond it 503.
pub const FILE_CHANGE_TRIES_MAX: u32 = 16;
/// Length of a pattern that files are searched for, characters.
pub const GREP_PATTERN_CHARS_MAX: usize = 1_000;
/// Size of the machine that a pattern is made into, bytes; one that needs more is refused.
pub const GREP_MACHINE_BYTES_MAX: usize = 512 * 1024;
/// Largest file that is searched; larger ones are skipped.
pub const GREP_FILE_BYTES_MAX: i64 = 512 * 1024;
/// Bytes that one search reads; then it stops and says so.
pub const GREP_BYTES_MAX: i64 = 5 * 1024 * 1024;
/// Matching lines of one search; then it stops and says so.
pub const GREP_MATCHES_MAX: usize = 1_000;
/// Characters of a matching line that are shown.
pub const GREP_LINE_CHARS_MAX: usize = 500;
/// Metadata, controls or hints of one message, bytes of JSON.
pub const METADATA_BYTES_MAX: usize = 64 * 1024;

/// Reason steps of a turn since its last input, unless the configuration says otherwise.
pub const ITERATIONS_DEFAULT: u32 = 500;
/// Calls carried out of one model answer; the others are answered with an error.
pub const TOOL_CALLS_PER_ANSWER_MAX: usize = 64;
/// Calls of one answer that run at the same time.
pub const TOOL_CALLS_PARALLEL_MAX: usize = 32;
/// Largest result of a tool, bytes; the rest is cut with a note.
pub const TOOL_RESULT_BYTES_MAX: usize = 64 * 1024;
/// Time a tool may take, seconds.
pub const TOOL_SECONDS_MAX: u64 = 120;
/// How long a call that a client answers may stay open, seconds.
pub const CLIENT_TOOL_SECONDS_MAX: i64 = 300;
/// Largest event of a provider's stream, bytes; a larger one fails the call.
pub const PROVIDER_FRAME_BYTES_MAX: usize = 8 * 1024 * 1024;
/// How much of what a provider says about an error is kept, characters.
pub const PROVIDER_ERROR_CHARS_MAX: usize = 1_000;
/// How much of an error's body is read, bytes.
pub const PROVIDER_ERROR_BYTES_MAX: usize = 64 * 1024;
/// Pages of a provider's list of models; one with more is not taken.
pub const PROVIDER_LIST_PAGES_MAX: usize = 20;
/// Largest page of a provider's list of models, bytes.
pub const PROVIDER_LIST_BYTES_MAX: usize = 8 * 1024 * 1024;
/// How long a provider may take to tell its models, all pages together, seconds.
pub const PROVIDER_LIST_SECONDS_MAX: u64 = 30;
/// How long a provider may ask for a pause, seconds; one that wants more is not asked again.
pub const PROVIDER_RETRY_SECONDS_MAX: u64 = 60;
/// How long a provider may take until its answer begins (its head, not yet content), seconds.
pub const PROVIDER_FIRST_BYTE_SECONDS_MAX: u64 = 120;
/// How long a model may take until there is content, seconds, whatever else its provider sends.
pub const MODEL_FIRST_CONTENT_SECONDS_MAX: u64 = 300;
/// How long one call of a model may take in all, seconds.
pub const MODEL_CALL_SECONDS_MAX: u64 = 60 * 60;
/// How much a provider may send for one answer, bytes: most of it is what stands around the text.
pub const ANSWER_WIRE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Length of ids and reasons that providers give, characters; the rest is cut.
pub const PROVIDER_WORD_CHARS_MAX: usize = 500;
/// Models that one name may stand for, those that stand in included.
pub const MODEL_CHAIN_MAX: usize = 5;
/// Size of a model's answer, bytes of text; beyond it the answer is cut off as `request_too_large`.
pub const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// Size of an answer that a provider is asked for where it wants a number, tokens; some models write less.
pub const ANSWER_TOKENS_DEFAULT: u32 = 32_000;
/// Silence of a model after which a call counts as failed, seconds.
pub const MODEL_SILENCE_SECONDS_MAX: u64 = 120;
/// Calls of the model for one reason step before the turn fails, the first one included.
pub const MODEL_ATTEMPTS_MAX: u32 = 3;
/// First wait before a failed model call is tried again, milliseconds, give or take a quarter; it doubles …
pub const MODEL_RETRY_MILLIS: u64 = 500;
/// … up to this. A provider that names a pause is waited for as long as it says.
pub const MODEL_RETRY_MILLIS_MAX: u64 = 8_000;
/// How often a prompt that a provider finds too large is halved before the turn fails.
pub const MODEL_TRIMS_MAX: u32 = 4;
/// A prompt that is not halved any more, bytes of conversation.
pub const PROMPT_BYTES_MIN: usize = 1_024;
/// Uploaded images that one request carries, the newest ones …
pub const PROMPT_IMAGES_MAX: usize = 50;
/// … and their bytes as base64; older ones are left out with a note.
pub const PROMPT_IMAGES_BYTES_MAX: usize = 24 * 1024 * 1024;
/// Failures in a row that open a model's circuit …
pub const BREAKER_FAILURES: u32 = 5;
/// … if none is older than the one before by more than this, seconds.
pub const BREAKER_WINDOW_SECONDS: i64 = 60;
/// How long an open circuit lets no call through, seconds.
pub const BREAKER_OPEN_SECONDS: i64 = 30;
/// Good calls in a row that close a circuit that was open.
pub const BREAKER_SUCCESSES: u32 = 2;
/// Circuits of one organization that are remembered.
pub const BREAKERS_PER_ORG_MAX: usize = 200;

/// Bytes of conversation that go into one prompt, the system prompt apart.
pub const PROMPT_BYTES_MAX: usize = 400 * 1024;
/// How much of a message a report on the context shows, characters.
pub const CONTEXT_REPORT_CHARS_MAX: usize = 80;
/// Bytes of text that count as a token where nobody has counted: few, so that a prompt rather fits.
pub const TOKEN_BYTES: usize = 3;
/// Messages that go into one prompt.
pub const PROMPT_MESSAGES_MAX: usize = 2_000;
/// Messages of a prompt that an `llm.generation` event shows, the newest ones.
pub const GENERATION_MESSAGES_MAX: usize = 10;
/// Longest message that is kept as JSON for the next model call's event, bytes.
pub const RENDERED_BYTES_MAX: usize = 4 * 1024;
/// Model calls on one page of a stream that is behind.
pub const GENERATIONS_PER_PAGE_MAX: usize = 8;
/// Conversations kept in memory between turns, bytes of text over all sessions.
pub const CONVERSATIONS_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Characters of the preview that `turn.completed` and the session carry.
pub const PREVIEW_CHARS_MAX: usize = 200;

/// First wait before a text delta is written after the first one, milliseconds; the window widens from here …
pub const DELTA_WINDOW_MILLIS_MIN: u64 = 20;
/// … to this.
pub const DELTA_WINDOW_MILLIS_MAX: u64 = 100;

/// Turns that one process runs at the same time; beyond it messages wait in the log.
pub const TURNS_RUNNING_MAX: usize = 10_000;
/// Sessions claimed in one go.
pub const CLAIM_BATCH_MAX: usize = 256;

/// Ended turns on one page of their list.
pub const TURNS_PAGE_MAX: i64 = 1_000;
/// Ended turns that are summed up for one answer, the newest ones.
pub const TURNS_SUMMED_MAX: usize = 20_000;
/// Stretches of time that turns are summed up by, at most.
pub const TURN_BUCKETS_MAX: i64 = 400;
/// Documents on one page of a list of agents, harnesses or sessions together, bytes; beyond it 413, and the caller asks
/// for fewer.
pub const LISTED_BYTES_MAX: i64 = 16 * 1024 * 1024;
/// Rows of a list page when the caller names no limit.
pub const PAGE_DEFAULT: i64 = 20;
/// Rows of a list page at most; a larger `limit` is clamped.
pub const PAGE_MAX: i64 = 100;
/// Events of a list with a limit at most; a larger `limit` is clamped.
pub const EVENTS_PAGE_MAX: i64 = 1_000;
/// Events read from the database in one go.
pub const EVENTS_READ_BATCH: i64 = 500;
/// Rows of a log that one request looks at when it searches; beyond it the answer says how to go on.
pub const EVENTS_SCAN_ROWS_MAX: i64 = 1_000_000;
/// Rows of a log that are looked at in one go when something is searched in it.
pub const SCAN_PIECE_ROWS: i64 = 20_000;
/// Events that `around` shows on each side …
pub const EVENTS_WINDOW_DEFAULT: i64 = 50;
/// … at most; a larger `window` is clamped.
pub const EVENTS_WINDOW_MAX: i64 = 500;
/// How far a page grows downwards to begin with a turn, events.
pub const EVENTS_SNAP_MAX: i64 = 1_000;
/// How far the times of a log may be out of order, seconds, before a search by time misses something: writers have
/// clocks of their own, and what was first in a queue was not always first in the log.
pub const LOG_DISORDER_SECONDS_MAX: i64 = 60;
/// What is read and shown in one go of a list, bytes; a single event may be more.
pub const LIST_PAGE_BYTES: usize = 256 * 1024;
/// Events that are read by their places in one go.
pub const LISTED_READ_BATCH: usize = 64;
/// Rows of a log that are counted in one go.
pub const COUNT_PIECE_ROWS: i64 = 50_000;
/// Rows from which on a count is kept, so that the next one need not begin anew.
pub const COUNT_KEPT_ROWS: i64 = 1_000;
/// Rows of a deleted session's log that go in one transaction.
pub const SWEEP_ROWS: i64 = 2_000;
/// How often a change of a session is tried while others change it too; then 409.
pub const SESSION_EDIT_TRIES: usize = 8;
/// Logs that a fork of forks is put together from.
pub const FORK_LOGS_MAX: usize = 256;
/// Events at the end or the start of a log in which the preview of a session is looked for.
pub const PREVIEW_ROWS: i64 = 16;
/// How much of a message is looked at for a preview, characters of JSON.
pub const PREVIEW_JSON_CHARS: i64 = 2_048;
/// Values of one repeated query key.
pub const QUERY_VALUES_MAX: usize = 40;
/// Tokens of a search.
pub const SEARCH_TOKENS_MAX: usize = 8;

/// Open event streams of one process; beyond it 503.
pub const STREAMS_MAX: usize = 20_000;
/// Open event streams for one organization, where keys are asked for; beyond it 429.
pub const STREAMS_PER_ORG_MAX: usize = 10_000;
/// Open event streams on one session, where keys are asked for; beyond it 429.
pub const STREAMS_PER_SESSION_MAX: usize = 1_000;
/// Requests of one key in a minute, where keys are asked for, unless the operator says otherwise; beyond it 429.
pub const REQUESTS_PER_MINUTE_DEFAULT: u32 = 1_200;
/// Keys whose rate is remembered.
pub const RATE_KEYS_MAX: usize = 65_536;
/// Turns that one process runs for one organization at the same time, where keys are asked for, unless the operator says
/// otherwise; beyond it a message that would start another one is refused with 429.
pub const TURNS_PER_ORG_DEFAULT: usize = 1_000;
/// Seconds between heartbeats of an idle stream.
pub const STREAM_HEARTBEAT_SECONDS: u64 = 15;
/// Life of one stream connection, seconds, give or take a fifth.
pub const STREAM_CYCLE_SECONDS: u64 = 300;
/// How long a connection may take nothing of what is sent to it, seconds; then it is closed.
pub const CONNECTION_STALL_SECONDS_MAX: u64 = 60;
/// What the kernel may hold back for a reader of a stream, bytes; it takes twice that for its own records.
pub const STREAM_SEND_BUFFER_BYTES: usize = 64 * 1024;
/// What is read and encoded in one go for a stream, bytes; the event that goes beyond them is the last one. Deltas of a
/// long text may be more: each repeats it.
pub const STREAM_PAGE_BYTES: usize = 128 * 1024;
/// Pause between the last events and the `disconnecting` frame, milliseconds.
pub const STREAM_FAREWELL_MILLIS: u64 = 60;
/// Events a session's recent tail keeps in memory while somebody reads along.
pub const TAIL_EVENTS_MAX: usize = 512;
/// Bytes of event data a session's recent tail keeps at most, its newest commit apart.
pub const TAIL_BYTES_MAX: usize = 1024 * 1024;

/// Writes waiting for the database; beyond it 503.
pub const WRITE_QUEUE_MAX: usize = 16_384;
/// Writes that share one commit.
pub const COMMIT_GROUP_MAX: usize = 512;
/// Time that a graceful shutdown may take, seconds.
pub const SHUTDOWN_SECONDS_MAX: u64 = 10;
/// Session rows that the embedded database's writer remembers; beyond it its memory starts anew.
pub const HEADS_MAX: usize = 65_536;
/// Pages of the embedded database's log with which it is copied into the file.
pub const LOG_PAGES_MAX: i32 = 2_000;
/// Threads that read the embedded database.
pub const DATABASE_READERS: usize = 2;
/// Connections of one process to PostgreSQL.
pub const DATABASE_CONNECTIONS_MAX: usize = 16;
/// Session settings and configurations that the engine remembers, each; beyond it its memory starts anew.
pub const DEFINITIONS_MAX: usize = 65_536;
/// Session settings, and configurations, that the engine remembers, bytes of JSON each; beyond it its memory starts anew.
pub const DEFINITIONS_BYTES_MAX: usize = 128 * 1024 * 1024;
/// How often a cancel is decided again because the turn went on meanwhile, before it is written as it is.
pub const CANCEL_TRIES_EXACT: u32 = 8;
/// Cancels that are remembered for turns whose claim is still on its way from the database; beyond it the memory starts
/// anew, and such a turn learns of its end when it wants to write.
pub const CANCELS_REMEMBERED_MAX: usize = 4_096;
/// How often runnable sessions are looked for when nothing wakes the claimer, seconds.
pub const CLAIM_POLL_SECONDS: u64 = 30;
/// First wait before a write is tried again after the database failed, milliseconds; it doubles …
pub const WRITE_RETRY_MILLIS_MIN: u64 = 100;
/// … up to this.
pub const WRITE_RETRY_MILLIS_MAX: u64 = 5_000;
/// How long after a failed look at a session whose last write is in doubt the next one is taken, seconds.
pub const SETTLE_RETRY_SECONDS: u64 = 1;
/// How long a session that cannot be read or stepped is left alone, seconds.
pub const SESSION_RETRY_SECONDS: i64 = 30;
/// How long a key is believed to be good without a look at the database, milliseconds.
pub const KEY_MEMORY_MILLIS: u64 = 1_000;
/// Keys that are remembered; beyond it the memory starts anew.
pub const KEYS_REMEMBERED_MAX: usize = 4_096;
/// How exactly the last use of a key is noted, seconds.
pub const KEY_USE_SECONDS: i64 = 60 * 60;
/// Length of a key, characters; what is longer is none.
pub const KEY_CHARS_MAX: usize = 256;
/// Good keys for one organization.
pub const KEYS_PER_ORG_MAX: i64 = 1_000;
/// Keys on a list.
pub const KEYS_LISTED_MAX: i64 = 5_000;
/// Members of one organization.
pub const MEMBERS_PER_ORG_MAX: i64 = 1_000;
/// Organizations that one principal is a member of.
pub const ORGS_PER_PRINCIPAL_MAX: usize = 100;
/// How long a request is known by its idempotency key, seconds.
pub const ONCE_SECONDS_KEPT: i64 = 24 * 60 * 60;
/// Expired records of idempotency keys that one new record takes away.
pub const ONCE_EXPIRED_BATCH_MAX: i64 = 16;
/// Largest answer that is kept to be given again, bytes; a larger one is made anew from what it told of.
pub const ONCE_ANSWER_BYTES_MAX: usize = 256 * 1024;
/// Length of an idempotency key, characters.
pub const IDEMPOTENCY_KEY_CHARS_MAX: usize = 255;
/// How long a request waits for an earlier one with the same idempotency key, seconds; then 409.
pub const ONCE_WAIT_SECONDS_MAX: u64 = 20;
/// Length of a request id that a caller chooses, characters.
pub const REQUEST_ID_CHARS_MAX: usize = 128;
