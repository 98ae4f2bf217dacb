package indirect

import "strings"

// lexicon says of an English word which ask it begins, and which signs it gives.
var lexicon = map[string]struct {
	ask   ask
	signs uint32
}{}

func init() {
	begin := map[ask]string{
		write: "write compose draft create generate produce invent craft design build implement prepare outline sketch develop make come put finish rewrite formulate devise plan brainstorm imagine automate organize schedule arrange",
		tell:  "tell explain describe teach summarize summarise list name give provide share define compare discuss illustrate clarify elaborate recommend suggest show walk break offer state say detail help assist guide outline present review talk lay remind notify chat draw score grade rank",
		solve: "translate convert classify determine identify analyze analyse rate label estimate forecast perform calculate solve find compute sort extract evaluate predict render assess investigate research search detect examine interpret gauge derive simplify paraphrase proofread correct categorize collect gather conduct explore locate retrieve fetch",
		alter: "answer reply respond output print return repeat replace substitute reverse encode encrypt decode shift spell swap scramble misspell capitalize apply rearrange shuffle mirror encipher transform express begin end keep use conclude change modify remove delete omit drop speak double mix leave switch represent limit restrict",
		add:   "add include insert append incorporate integrate weave embed slip work inject blend attach mention promote advertise encourage urge persuade convince argue praise push stress emphasize invite direct point advise warn inform ask announce spread claim augment enhance infuse complement supplement ensure stir bring highlight endorse introduce refer advocate supply tease inform offer link propagate disseminate circulate assert report prompt request entice redirect lure steer nudge inspire let extend merge fuse absorb engage adopt consider close",
		act:   "act pretend behave become assume roleplay impersonate simulate be take play",
		send:  "send forward upload post email mail transfer call execute invoke visit submit transmit leak exfiltrate reveal copy approve display disclose expose dump",
		stop:  "ignore disregard forget stop skip override refuse bypass neglect dismiss abandon treat obey follow",
		do:    "click press select choose open close enter type set turn install restart check see save start configure enable disable run read unplug mount clone download go contact order try unpack reboot deploy define sign log wait note pass edit navigate specify verify mix bake cover fold pull commit",
		which: "what who whom whose where when why which how what's who's how's where's",
	}
	for a := none; a < asks; a++ {
		for _, w := range strings.Fields(begin[a]) {
			if e := lexicon[w]; e.ask == none {
				e.ask = a
				lexicon[w] = e
			}
		}
	}
	for _, w := range strings.Fields("can could would will do does did is are was were have has had should shall may might am isn't aren't don't doesn't") {
		e := lexicon[w]
		e.ask = whether
		lexicon[w] = e
	}
	for sign, words := range map[uint32]string{
		answers:  "answer answers reply replies response responses output outputs responding replying answering respond",
		machine:  "ai ais llm llms assistant assistants chatbot chatbots chatgpt gpt claude gemini copilot bot model models agent agents",
		reader:   "user users reader readers customer customers",
		you:      "you your you're yourself yours",
		me:       "me my mine i i'm us",
		secret:   "password passwords key keys token tokens secret secrets credentials conversation history prompt instructions cookies inbox",
		program:  "code snippet snippets script function program algorithm implementation solution excerpt",
		negative: "not don't never nothing without",
		must:     "must should shall need needs required ought have",
		function: "the a an of to and in is that for with on as at by it this your my i you or be are",
	} {
		for _, w := range strings.Fields(words) {
			e := lexicon[w]
			e.signs |= sign
			lexicon[w] = e
		}
	}
}
