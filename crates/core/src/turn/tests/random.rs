//! Stories that nobody wrote: the laws hold in each, and each can be brought to its end.

use proptest::prelude::*;
use proptest::sample::select;

use super::story::Step::{self, *};
use super::story::{config, second};
use super::world::World;
use crate::config::Config;
use crate::turn::Phase;

/// What may happen next: a step that fits each phase, and whether something happens that fits or anything at all.
#[derive(Clone, Copy, Debug)]
struct Chance {
    idle: Step,
    reasoning: Step,
    acting: Step,
    waiting: Step,
    any: Option<Step>,
}

impl Chance {
    fn step(self, world: &World) -> Step {
        let phase = world.turn.as_ref().map_or(Phase::Ended, |turn| turn.phase);
        self.any.unwrap_or(match phase {
            Phase::Ended => self.idle,
            Phase::Fresh => Works,
            Phase::Reasoning => self.reasoning,
            Phase::Acting => self.acting,
            Phase::Waiting { .. } => self.waiting,
        })
    }
}

fn chances() -> impl Strategy<Value = Vec<Chance>> {
    let idle = || {
        select(vec![
            Says("hi"),
            Says("again"),
            Gap("quick"),
            Queues("then"),
            Queues("and then"),
            Interrupts("stop"),
            RollsBack("forget it"),
        ])
    };
    let text = || select(vec!["", "H", "He", "Hello", "Hé", "Héllo €", "Hello you", "Other"]);
    let few = || {
        select(vec![
            "clock",
            "mail",
            "ask",
            "nosuch",
            "clock!",
            "ask!",
            "clock clock",
            "pay mail clock",
            "ask pick",
            "ask clock",
            "mail ask nosuch pick",
            "x=clock x=pay =mail",
            "x=ask x=pick",
        ])
    };
    let many = || select(vec!["33*clock ask", "65*mail ask"]);
    let asked = || prop_oneof![40 => few(), 1 => many()];
    let reasoning = || {
        prop_oneof![
            6 => text().prop_map(Text),
            3 => (text(), text()).prop_map(|(thinking, text)| Thinks(thinking, text)),
            1 => (text(), text()).prop_map(|(thinking, text)| Concludes(thinking, text)),
            2 => text().prop_map(Answers),
            6 => asked().prop_map(Asks),
            2 => (text(), asked()).prop_map(|(text, asked)| Comments(text, asked)),
            1 => Just(Fails),
        ]
    };
    let acting = || {
        prop_oneof![
            4 => (0..4_usize).prop_map(Ends),
            1 => (0..4_usize).prop_map(Breaks),
            1 => (0..4_usize).prop_map(Hangs),
            3 => Just(EndsAll),
        ]
    };
    let waiting = || {
        prop_oneof![
            6 => select(vec!["c0", "c1", "c0 c1", "c0! c0", "c1! c3", "x", "c7", ""]).prop_map(Results),
            1 => (100..400_i64).prop_map(Sleeps),
            2 => Just(Works),
        ]
    };
    let any = prop_oneof![
        3 => idle(),
        3 => Just(Works),
        3 => Just(Reload),
        1 => Just(Cancels),
        1 => reasoning(),
        1 => acting(),
        1 => waiting(),
    ];
    let chance = (idle(), reasoning(), acting(), waiting(), prop::option::weighted(0.4, any))
        .prop_map(|(idle, reasoning, acting, waiting, any)| Chance { idle, reasoning, acting, waiting, any });
    prop::collection::vec(chance, 1..40)
}

fn configs() -> impl Strategy<Value = Config> {
    (any::<bool>(), 1..5_u32, prop::bool::weighted(0.95), any::<bool>()).prop_map(
        |(parallel_tool_calls, max_iterations, has_model, has_second)| Config {
            parallel_tool_calls,
            max_iterations,
            model: has_model.then(|| "llmsim/story".to_owned()),
            served_by: None,
            price: None,
            fallbacks: second().into_iter().filter(|_| has_model && has_second).collect(),
            ..config()
        },
    )
}

/// What brings any turn to its end, if repeated.
const TO_THE_END: [Step; 4] = [Works, EndsAll, Sleeps(300), Answers("done")];

/// Tells the steps of a story that broke a law.
#[derive(Default)]
struct Told(Vec<Step>);

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("after {:?}", self.0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_laws_hold(config in configs(), chances in chances()) {
        let mut world = World::new(config);
        let mut told = Told::default();
        let mut play = |world: &mut World, step| {
            told.0.push(step);
            world.play(step);
        };
        for chance in chances {
            let step = chance.step(&world);
            play(&mut world, step);
        }
        for step in TO_THE_END.into_iter().cycle().take(8 * TO_THE_END.len()) {
            if world.turn.as_ref().is_some_and(|turn| turn.phase != Phase::Ended) {
                play(&mut world, step);
            }
        }
        assert!(world.turn.is_none_or(|turn| turn.phase == Phase::Ended), "no end comes");
    }
}
