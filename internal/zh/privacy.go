package zh

// private are the errors and verdicts of the audit, and of what is kept of a person.
var private = []pair{
	{"an entry stands where entries were dropped", "在已丢弃条目的位置上有一条"},
	{"ask one of them", "请找其中一位"},
	{"backups that were made before hold all of it until they are deleted", "此前的备份仍含有这些内容，直到备份被删除"},
	{"entries are missing at the end", "末尾缺少条目"},
	{"entries are missing from here on", "从此处起缺少条目"},
	{"entries were dropped, and no entry tells of it", "有条目被丢弃，却没有条目说明此事"},
	{"erasing is confirmed with the person's name as it is written", "清除须以此人的名称确认，写法完全一致"},
	{"give before, in UTC microseconds", "请给出 before，以 UTC 微秒计"},
	{"give the name once more, to confirm; this cannot be undone", "请再写一遍名称以确认；无法撤销"},
	{"give your own name, or ask an operator", "请给出你自己的名称，或找运维者"},
	{"it is not said before which time entries are dropped", "没有说明丢弃何时之前的条目"},
	{"no entry has the digest that was noted: entries were cut off the end, or it is older than what was dropped", "没有条目具有所记的摘要：末尾被截去，或它早于已丢弃的部分"},
	{"only an operator erases a person", "只有运维者能清除人员"},
	{"others work with what they made; it stays as a version, and nothing says any more who made it", "其他人在用此人做的东西；它作为版本保留，不再注明是谁做的"},
	{"the audit record is for the owners of a space and for operators", "审计记录供空间的所有者和运维者查看"},
	{"the digest does not follow from the entry before and what this one says", "摘要与前一条和本条内容不符"},
	{"the entry is empty, and no erasure tells of it", "条目是空的，却没有条目说明它被清除"},
	{"the entry is erased in part", "条目只被清除了一部分"},
	{"the payload is not the one that was sealed", "内容不是当初封存的"},
	{"the rule names them beside others, or as the only reader; it holds for nobody of that name now, and is for its owner to change", "规则提到此人；现在不再适用于任何叫这个名字的人，由规则的所有者更改"},
	{"there are more entries than were written", "条目比写入的多"},
	{"there is no person %q", "没有人员“%s”"},
	{"what is kept of a person is for that person and for operators", "关于一个人的记录只供本人和运维者查看"},
	{"what the entry is found by is not what its payload says", "条目的检索项与内容不符"},
}
