//! What a model is asked: the prompt, how its provider is reached, and the uploaded images that the prompt names.

use std::collections::HashSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use everruns_core::config::{Config, Served};
use everruns_core::limits::{
    ANSWER_TOKENS_DEFAULT, PROMPT_BYTES_MAX, PROMPT_BYTES_MIN, PROMPT_IMAGES_BYTES_MAX, PROMPT_IMAGES_MAX, TOKEN_BYTES,
};
use everruns_core::message::{ContentPart, Message, json_bytes};
use everruns_core::prompt::Prompt;
use everruns_core::{ErrorCode, ImageId};
use everruns_llm::{Access, Image, Images, ModelError, Request};
use everruns_store::OrgKey;
use serde_json::Value;

use super::stream::Broken;
use crate::access::AccessError;
use crate::contents::Contents;
use crate::runner::{Held, Stop};
use crate::{Error, Inner};

impl Held {
    /// The request for this prompt to this model.
    pub(super) async fn request(&mut self, prompt: Arc<Prompt>, served: &Served) -> Result<Request, Broken> {
        let access = self.inner.access(self.head.org, served).await?;
        let images = self.inner.images(self.head.org, &prompt, &self.images).await;
        self.images = images.map_err(|error| Broken::Stop(Stop::Failed(error)))?;
        Ok(Request {
            model: served.model.clone(),
            served_by: served.served_by,
            access,
            images: self.images.clone(),
            conversation: self.head.id.to_string(),
            prompt,
        })
    }
}

impl Inner {
    /// How many bytes of conversation fit into the model's context, with what stands before them and room for an answer.
    /// A rough count: a provider that finds the prompt too large all the same says so, and it is cut then.
    pub(super) async fn room(&self, org: OrgKey, config: &Config, served: &Served) -> Result<usize, Error> {
        let Some(by) = served.provider() else { return Ok(PROMPT_BYTES_MAX) };
        let book = self.book(org).await?;
        let profile = book.entry(by.model_id).and_then(|entry| entry.profile.as_ref());
        let Some(limits) = profile.and_then(|profile| profile.limits) else { return Ok(PROMPT_BYTES_MAX) };
        let tokens = |count: i32| usize::try_from(count).unwrap_or(0);
        let context = tokens(limits.context);
        let answer = tokens(limits.output).min(ANSWER_TOKENS_DEFAULT as usize).min(context / 4);
        let tools = config.tools.iter().map(|tool| tool.description.len() + json_bytes(&tool.parameters));
        let fixed = config.instructions().len() + tools.sum::<usize>();
        let input = limits.input.map_or(usize::MAX, tokens).min(context - answer);
        let room = (input * TOKEN_BYTES).saturating_sub(fixed);
        Ok(room.clamp(PROMPT_BYTES_MIN, PROMPT_BYTES_MAX))
    }

    /// How the provider of a model is reached. The simulated one is nowhere.
    async fn access(&self, org: OrgKey, served: &Served) -> Result<Access, Broken> {
        let Some(by) = served.provider() else { return Ok(Access::default()) };
        let refused = |code, error: &AccessError| Broken::Model(ModelError::permanent(code, error.to_string()));
        match self.provider_access(org, by.provider_id).await {
            Ok(access) => Ok(Access::from(&*access)),
            Err(AccessError::Engine(error)) => Err(Broken::Stop(Stop::Failed(error))),
            Err(error @ AccessError::Unknown) => Err(refused(ErrorCode::ModelUnavailable, &error)),
            Err(error) => Err(refused(ErrorCode::ProviderMisconfigured, &error)),
        }
    }

    /// The uploaded images that a prompt names, the newest ones; `known` are those of the step before.
    async fn images(self: &Arc<Self>, org: OrgKey, prompt: &Prompt, known: &Arc<Images>) -> Result<Arc<Images>, Error> {
        let wanted = named(prompt);
        if wanted.iter().all(|id| known.by_id.contains_key(id)) {
            return Ok(known.clone());
        }
        let mut images = Images::default();
        let mut bytes = 0;
        for id in wanted {
            let image = match known.by_id.get(&id) {
                Some(image) => Some(image.clone()),
                None => self.image(org, &id).await?,
            };
            let Some(image) = image else { continue };
            bytes += image.base64.len();
            if bytes > PROMPT_IMAGES_BYTES_MAX {
                break;
            }
            images.by_id.insert(id, image);
        }
        Ok(Arc::new(images))
    }

    /// An uploaded image; `None`: it was deleted.
    async fn image(self: &Arc<Self>, org: OrgKey, id: &str) -> Result<Option<Image>, Error> {
        let Ok(id) = id.parse::<ImageId>() else { return Ok(None) };
        let Some(image) = self.store.image(org, id).await? else { return Ok(None) };
        let content = Contents { inner: self.clone(), org }.whole(image.hash).await?;
        let read = |bytes: Vec<u8>| Image { base64: BASE64_STANDARD.encode(bytes), media_type: image.content_type };
        Ok(content.map(read))
    }
}

/// The ids of the images that a prompt names, the newest first, each once.
fn named(prompt: &Prompt) -> Vec<String> {
    let mut seen = HashSet::new();
    let newest_first = prompt.messages.iter().rev().flat_map(|message| named_in(message));
    newest_first.filter(|id| seen.insert(id.clone())).take(PROMPT_IMAGES_MAX).collect()
}

fn named_in(message: &Message) -> Vec<String> {
    let ids = message.content.iter().flat_map(|part| match part {
        ContentPart::ImageFile { image_id, .. } => vec![image_id.clone()],
        ContentPart::ToolResult(result) => {
            let parts = result.result.as_ref().and_then(Value::as_array).into_iter().flatten();
            parts.filter_map(|part| part.get("image_id")?.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    });
    ids.collect()
}
