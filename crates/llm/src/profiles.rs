//! What is known about models before anybody asks their providers: profiles and prices from a data file with its source
//! and date, and what a provider of each type starts with. `scripts/profiles.py` makes the file that is built in; an
//! operator may give another of the same shape.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use everruns_core::model::{Cost, Modality, Offered, PROVIDER_TYPES, Profile};
use serde::Deserialize;

use crate::name::{key, names};

/// The file that is built in.
const SHIPPED: &str = include_str!("../data/profiles.json");

/// Why a file is no list of profiles.
#[derive(Debug, thiserror::Error)]
pub enum ProfilesError {
    /// It is not JSON of that shape.
    #[error("it is not a file of profiles: {0}")]
    Shape(#[from] serde_json::Error),
    /// A part of it cannot be.
    #[error("`{0}` {1}")]
    Part(String, String),
}

/// How many models of a file are new, other and gone since another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Not known before.
    pub new: usize,
    /// Known, but otherwise.
    pub different: usize,
    /// Not known any more.
    pub gone: usize,
}

/// The profiles of one file. Clones are the same ones.
#[derive(Clone)]
pub struct Profiles(Arc<Known>);

struct Known {
    source: String,
    date: String,
    vendors: Vec<String>,
    shortlists: BTreeMap<String, Vec<String>>,
    /// By provider type, then by the key of a name.
    models: HashMap<String, HashMap<String, Arc<Line>>>,
}

#[derive(Deserialize)]
struct File {
    source: String,
    #[serde(default)]
    license: String,
    date: String,
    /// Provider types in the order in which they give an organization its default model.
    vendors: Vec<String>,
    shortlists: BTreeMap<String, Vec<String>>,
    models: BTreeMap<String, BTreeMap<String, Line>>,
}

#[derive(Deserialize, PartialEq)]
struct Line {
    /// Its name in the file.
    #[serde(skip)]
    own_name: String,
    #[serde(flatten)]
    profile: Profile,
    /// Other prices in some regions.
    #[serde(default)]
    regions: Vec<Regional>,
}

#[derive(Deserialize, PartialEq)]
struct Regional {
    of: Vec<String>,
    cost: Cost,
}

impl Default for Profiles {
    /// Those that are built in.
    fn default() -> Self {
        static PROFILES: LazyLock<Profiles> =
            LazyLock::new(|| Profiles::parse(SHIPPED).expect("the file that is built in is read by a test"));
        PROFILES.clone()
    }
}

impl std::fmt::Debug for Profiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Profiles").field("source", &self.0.source).finish_non_exhaustive()
    }
}

impl Profiles {
    /// The file that is built in, as it is.
    pub fn shipped() -> &'static str {
        SHIPPED
    }

    /// From the text of a file. Nothing of it may be wrong.
    pub fn parse(text: &str) -> Result<Self, ProfilesError> {
        let file: File = serde_json::from_str(text)?;
        let part = |path: String, must: &str| Err(ProfilesError::Part(path, must.to_owned()));
        if file.source.is_empty() || file.date.is_empty() || file.license.contains('\0') {
            return part("source".to_owned(), "and `date` have to say where the file is from");
        }
        let types = file.vendors.iter().chain(file.shortlists.keys()).chain(file.models.keys());
        for word in types {
            if !PROVIDER_TYPES.contains(&word.as_str()) {
                return part(
                    word.clone(),
                    &format!("is no type of providers; those are {}", PROVIDER_TYPES.join(", ")),
                );
            }
        }
        let mut models: HashMap<String, HashMap<String, Arc<Line>>> = HashMap::new();
        for (provider_type, lines) in file.models {
            let known = models.entry(provider_type.clone()).or_default();
            let mut further = Vec::new();
            for (name, mut line) in lines {
                let costs = line
                    .regions
                    .iter()
                    .map(|region| Profile { cost: Some(region.cost.clone()), ..line.profile.clone() });
                let fault = line.profile.fault().or_else(|| costs.into_iter().find_map(|profile| profile.fault()));
                if let Some((member, must)) = fault {
                    return part(format!("models.{provider_type}.{name}.{member}"), &must);
                }
                line.own_name.clone_from(&name);
                let line = Arc::new(line);
                further.extend(names(&name).skip(1).map(|shorter| (key(shorter), line.clone())));
                known.insert(key(&name), line);
            }
            // A name of its own goes before what is left of a longer one.
            for (shorter, line) in further {
                known.entry(shorter).or_insert(line);
            }
        }
        let known =
            Known { source: file.source, date: file.date, vendors: file.vendors, shortlists: file.shortlists, models };
        Ok(Self(Arc::new(known)))
    }

    /// Where they are from, and of which day.
    pub fn source(&self) -> (&str, &str) {
        (&self.0.source, &self.0.date)
    }

    /// What is known about the model that a provider of this type calls so. Days behind a name, vendors and regions
    /// before it do not matter, but for the price of a region.
    pub fn profile(&self, provider_type: &str, model_id: &str) -> Option<Profile> {
        let name = model_id.to_lowercase();
        match provider_type {
            "azure_openai" => self.find("azure_openai", &name).or_else(|| self.find("openai", &name)),
            "openrouter" => {
                let (vendor, name) = name.split_once('/')?;
                // What stands behind a colon, such as `:free`, has prices of its own.
                let name = Some(name).filter(|name| !name.contains(':'))?;
                let vendor = match vendor {
                    "google" => "gemini",
                    "x-ai" => "xai",
                    "mistralai" => "mistral",
                    vendor => vendor,
                };
                self.find(vendor, name)
            }
            "bedrock" => {
                let region = name.split_once('.').filter(|(region, rest)| is_region(region) && rest.contains('.'));
                let Some((region, name)) = region else { return self.find("bedrock", &name) };
                let line = self.line("bedrock", name)?;
                let regional = line.regions.iter().find(|regional| regional.of.iter().any(|of| of == region));
                let cost = regional.map(|regional| regional.cost.clone()).or_else(|| line.profile.cost.clone());
                Some(Profile { cost, ..line.profile.clone() })
            }
            "gemini" => self.find("gemini", name.strip_prefix("models/").unwrap_or(&name)),
            "fireworks" => self.find("fireworks", name.rsplit('/').next().unwrap_or(&name)),
            other => self.find(other, &name),
        }
    }

    /// What a provider of this type starts with, the one to begin with first.
    pub fn shortlist(&self, provider_type: &str) -> Vec<Offered> {
        let names = self.0.shortlists.get(provider_type).map(Vec::as_slice).unwrap_or_default();
        let offered = |name: &String| {
            let named = Profile { name: name.clone(), family: name.clone(), tool_call: true, ..Profile::default() };
            let profile = self.profile(provider_type, name).unwrap_or(named);
            Offered { model_id: name.clone(), capabilities: capabilities(&profile), profile }
        };
        names.iter().map(offered).collect()
    }

    /// Provider types in the order in which they give an organization its default model.
    pub fn vendors(&self) -> &[String] {
        &self.0.vendors
    }

    /// How many models are known.
    pub fn count(&self) -> usize {
        self.lines().count()
    }

    /// What became of the models since then.
    pub fn changes_since(&self, before: &Self) -> Changes {
        let mut changes = Changes::default();
        for (provider_type, name, line) in self.lines() {
            match before.0.models.get(provider_type).and_then(|known| known.get(name)) {
                None => changes.new += 1,
                Some(old) if **old != **line => changes.different += 1,
                Some(_) => {}
            }
        }
        let is_gone = |(provider_type, name): (&str, &str)| {
            !self.0.models.get(provider_type).is_some_and(|known| known.contains_key(name))
        };
        changes.gone = before.lines().filter(|(kind, name, _)| is_gone((kind, name))).count();
        changes
    }

    /// Every model under its own name.
    fn lines(&self) -> impl Iterator<Item = (&str, &str, &Arc<Line>)> {
        self.0.models.iter().flat_map(|(kind, known)| {
            let own = known.iter().filter(|(name, line)| key(&line.own_name) == **name);
            own.map(move |(name, line)| (kind.as_str(), name.as_str(), line))
        })
    }

    fn find(&self, provider_type: &str, name: &str) -> Option<Profile> {
        self.line(provider_type, name).map(|line| line.profile.clone())
    }

    fn line(&self, provider_type: &str, name: &str) -> Option<&Line> {
        let known = self.0.models.get(provider_type)?;
        names(name).find_map(|name| known.get(&key(name))).map(|line| &**line)
    }
}

/// The words for what a model of this profile is good for.
fn capabilities(profile: &Profile) -> Vec<String> {
    let images = profile.modalities.as_ref().is_some_and(|kinds| kinds.input.contains(&Modality::Image));
    let words = [("chat", true), ("tools", profile.tool_call), ("vision", images), ("reasoning", profile.reasoning)];
    words.into_iter().filter(|(_, is)| *is).map(|(word, _)| word.to_owned()).collect()
}

/// What Bedrock puts before a name for the place of its inference.
fn is_region(word: &str) -> bool {
    ["us", "us-gov", "eu", "apac", "au", "jp", "in", "ca", "sa", "af", "me", "global"].contains(&word)
}

#[cfg(test)]
mod tests;
