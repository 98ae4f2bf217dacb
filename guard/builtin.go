package guard

import "sync"

// BuiltIn is the policy that holds where nobody released one: what is safe and useful without any
// setting. It refuses what attacks the model, sets poisoned passages aside, keeps secrets out, and
// flags rather than refuses where an ordinary question could be meant.
func BuiltIn() Policy { return builtIn() }

var builtIn = sync.OnceValue(func() Policy {
	return Policy{
		Name: DefaultName,
		Checks: []Check{
			// A question that is refused wrongly costs trust, and a passage that is set aside wrongly an
			// answer: what is in doubt goes on, and is shown to reviewers.
			{Check: Injection, Places: []Place{Input}, At: 0.65, Action: Refuse},
			{Check: Injection, Places: []Place{Input}, Action: Flag},
			{Check: Indirect, Places: []Place{Retrieved, Tool}, At: 0.6, Action: Refuse},
			{Check: Indirect, Places: []Place{Retrieved, Tool}, Action: Flag},
			// What a tool gives back is often no prose, in which nothing is foreign to its neighbours.
			{Check: Injection, Places: []Place{Tool}, At: 0.9, Action: Refuse},
			{Check: Rules, Places: []Place{Input, Output}, Severity: "high", Action: Refuse},
			{Check: Rules, Places: []Place{Input, Output}, Action: Flag},
			// A question of which a word is unsafe is more often a question about it: what is not
			// certain is shown to reviewers and answered.
			{Check: Content, Places: []Place{Input}, Severity: "high", At: 0.8, Action: Refuse},
			{Check: Content, Places: []Place{Input, Output}, Action: Flag},
			{Check: Secrets, Places: []Place{Input, Output, Log}, Action: Mask},
			{Check: PII, Places: []Place{Log}, Kinds: kindsWith(func(checked, secret bool) bool { return checked && !secret }), Action: Mask},
			{Check: CanaryLeak, Places: []Place{Output}, Action: Refuse},
			{Check: Links, Places: []Place{Output}, Action: Mask},
			{Check: Abuse, Places: []Place{Input, Output}, Action: Refuse},
		},
	}.filled()
})
