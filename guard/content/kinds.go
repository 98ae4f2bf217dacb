package content

import "slices"

// A Kind is a category of what is unsafe.
type Kind struct {
	Name     string // stable: policies and incidents name it
	Severity string // "low", "medium" or "high"
	Reason   string // a sentence in English
}

var kinds = []Kind{
	{"pornography", "high", "it asks for pornography, or for pictures of people who did not agree"},
	{"terror", "high", "it praises terror or extremism, or asks how to take part in it"},
	{"violence", "high", "it asks how to hurt people or animals, or threatens them"},
	{"self_harm", "high", "it speaks of killing or hurting oneself"},
	{"weapons", "high", "it asks for weapons that are not allowed"},
	{"drugs", "high", "it asks for drugs, or how to drug somebody"},
	{"human_trafficking", "high", "it asks how people are bought, sold or held"},
	{"theft_robbery", "high", "it asks how to steal or rob"},
	{"fraud", "high", "it asks how to cheat people out of their money"},
	{"cybercrime", "high", "it asks how to break into a system, an account or a place"},
	{"corruption", "medium", "it asks how to bribe, or how to misuse an office"},
	{"smuggling", "medium", "it asks how to smuggle"},
	{"gambling", "medium", "it asks for illegal gambling"},
	{"forgery", "medium", "it asks how to forge documents, money or goods"},
	{"disinformation", "medium", "it spreads or asks for false reports"},
	{"other_crime", "medium", "it asks how to break the law or how to escape punishment"},
	{"privacy", "medium", "it asks for what is private about a person, or how to watch somebody"},
	{"harassment", "medium", "it insults, threatens or humiliates somebody"},
	{"defamation", "medium", "it harms somebody's name"},
	{"trade_secrets", "medium", "it asks for the secrets of a company"},
	{"ip_infringement", "low", "it asks how to take the work of others"},
	{"unfair_business", "low", "it asks how to treat customers, staff or competitors unfairly"},
	{"rights_other", "low", "it asks how to go against somebody's rights"},
	{"discrimination_ethnic", "medium", "it runs down people for their ethnic group or skin"},
	{"discrimination_nation", "medium", "it runs down people for their country"},
	{"discrimination_region", "medium", "it runs down people for the region they come from"},
	{"discrimination_gender", "medium", "it runs down people for their sex or whom they love"},
	{"discrimination_age", "medium", "it runs down people for their age"},
	{"discrimination_occupation", "medium", "it runs down people for their work"},
	{"discrimination_health", "medium", "it runs down people for their health or a disability"},
	{"discrimination_religion", "medium", "it runs down people for what they believe"},
	{"discrimination_other", "medium", "it runs down a group of people"},
}

// Kinds are all categories, in the order in which they are shown.
func Kinds() []Kind { return slices.Clone(kinds) }

// kindNamed finds a category; one that a model names and this list does not is other_crime.
func kindNamed(name string) Kind {
	if i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Name == name }); i >= 0 {
		return kinds[i]
	}
	return Kind{Name: "other_crime", Severity: "medium", Reason: "it asks how to break the law or how to escape punishment"}
}
