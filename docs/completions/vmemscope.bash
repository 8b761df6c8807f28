# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion for bash. Commands and options are asked of the program's own --help.

_vmemscope_commands() {
	vmemscope --help 2>/dev/null | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p'
}

# COMMAND
_vmemscope_options() {
	vmemscope "$1" --help 2>/dev/null | grep -oE -- '(^ +|, )(--[a-z-]+=?)' |
		grep -oE -- '--[a-z-]+=?'
}

# COMMAND OPTION: the words that an option or a command takes; else nothing.
_vmemscope_values() {
	case $1:$2 in
	*:--format) echo text json ndjson ;;
	*:--types) echo dwarf btf profile ;;
	*:--level) echo emerg alert crit err warn notice info debug ;;
	*:--fail-on) echo error warning note ;;
	list:) echo hugetlb dax vmemmap ;;
	explain:) vmemscope checks --format json 2>/dev/null | sed -n 's/^ *"id": *"\(.*\)",*$/\1/p' ;;
	esac
}

_vmemscope() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]-} values
	COMPREPLY=()

	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "$(_vmemscope_commands) --help --version" -- "$cur")
		return
	fi
	# --option=value comes as three words.
	if [[ $cur == = ]]; then
		cur=''
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_vmemscope_options "$command")" -- "$cur")
		[[ ${COMPREPLY[*]} != *= ]] || compopt -o nospace
		return
	fi
	[[ $prev == --* ]] || prev=''
	values=$(_vmemscope_values "$command" "$prev")
	mapfile -t COMPREPLY < <(compgen -W "$values" -- "$cur")
	((${#COMPREPLY[@]})) || compopt -o default
}

complete -F _vmemscope vmemscope
