# pick_words MOST: reads the lines of one try. Prints how much they sound like a reason (0 to 2), then at most MOST of
# them, in order, without the frames of stack traces.
pick_words() {
  awk -v most="$1" '
    /^[[:space:]]*$/ || /^[[:space:]]+at / || /^[[:space:]]*[.][.][.] [0-9]+ more/ { next }
    {
      # of what is said again, only the last time counts
      if ($0 in at) delete line[at[$0]]
      line[++n] = $0; at[$0] = n; small = tolower($0)
      if ($0 ~ /ERROR|FATAL|SEVERE|CRIT|Exception|Error:|EXIT with status|^[EF][0-9][0-9][0-9][0-9] |^panic:|level=(error|fatal|panic)/) how[n] = 2
      else if (small ~ /error|fatal|fail|panic|denied|refus|cannot|can.t|could not|unable|not found|no such|invalid|unknown|unrecogni|unsupported|in use|illegal|not permitted|bad /) how[n] = 1
      if ($0 ~ /(^| )[[]?(DEBUG|TRACE|INFO)[]]?[: ]|level=(debug|info)/) how[n] = 0
      # a field of a dumped structure, like consecutive_failures: 3
      if ($0 ~ /^[[:space:]]+[a-z0-9]+(_[a-z0-9]+)+: [^ ]+$/) how[n] = 0
      # what goes wrong while it ends comes of the end, unless nothing else sounds like a reason
      if (ends && how[n] == 2) how[n] = 1
      if (small ~ /shutting down|exiting/) ends = 1
      if (how[n] > best) best = how[n]
    }
    END {
      print best + 0
      for (i = n; i > 0 && best > 0 && k < (most + 1) / 2; i--) if ((i in line) && how[i] == best) { show[i] = 1; k++ }
      for (i = n; i > 0 && k < most; i--) if ((i in line) && !(i in show)) { show[i] = 1; k++ }
      for (i = 1; i <= n; i++) if (i in show) print line[i]
    }'
}

# current_try UNIT: the try in progress
current_try() {
  case $(systemctl show -p ActiveState,SubState "$1" | paste -sd ' ') in
  ActiveState=inactive* | ActiveState=failed* | *SubState=auto-restart*) ;;
  *) systemctl show -p InvocationID --value "$1" ;;
  esac
}

# unit_state UNIT: `stopped`, `stopping` if somebody asked for that (a unit that fails is also being deactivated, but
# without a job), or systemd's word; between two tries, the unit counts as failed
unit_state() {
  case $(systemctl show -p ActiveState,Job,Result "$1" | sort | paste -sd ' ') in
  ActiveState=inactive*Result=success) echo stopped ;;
  'ActiveState=deactivating Job='[1-9]*) echo stopping ;;
  *) systemctl is-active "$1" || : ;;
  esac
}

# MESSAGE_ID of what systemd says of every unit: it starts, has started, stops, has stopped, reloads, has reloaded, will
# be restarted, used so much time, its process has exited, it ended well, it failed
usual="7d4958e842da4a758f6c1cdc7b36dcc5 39f53479d3a045ac8e11786248231fbf de5b426a63be47a7b6ac3eaac82e2f6f \
9d1aaa27d60140bd96365438aad20286 d34d037fff1847e6ae669a370e694725 7b05ebc668384222baa8881179cfda54 \
5eb03494b6584870a536b337290809b3 ae8f7b866b0347b9af31fe1c80b127c0 98e322203f7a4ed290d09fe03c09fe15 \
7ad2d189f7e94e70a38c781354912448 d9b373ed55a64feb8242e02dbe79a49c"

# said_about UNIT SINCE OLD: prints what belongs to no try that is known, other than OLD: what systemd says of this unit
# alone, and what a process said that exited before the journal could tell its try
said_about() {
  journalctl -q -b --no-pager ${2:+--since "@$2"} -n 100 -o export --output-fields=MESSAGE,MESSAGE_ID,INVOCATION_ID,_SYSTEMD_INVOCATION_ID \
    "_SYSTEMD_UNIT=$1" + "UNIT=$1" 2>/dev/null |
    awk -v usual="$usual" -v old="${3:--}" '
      /^MESSAGE=/ { text = substr($0, 9) }
      /^MESSAGE_ID=/ { id = substr($0, 12) }
      /^(_SYSTEMD_)?INVOCATION_ID=/ { try = $0; sub(/^[^=]*=/, "", try) }
      $0 == "" { tell() }
      function tell() {
        if (text != "" && (id == "" || !index(usual, id)) && try != old && text !~ /: Start request repeated/) print text
        text = id = try = ""
      }
      END { tell() }'
}

# unit_words UNIT MOST [SINCE [OLD]]: only of this boot, since what a boot before said explains nothing of this one
unit_words() {
  timeout 20 journalctl --sync 2>/dev/null || :
  case $1 in *.*) said_of=$1 ;; *) said_of=$1.service ;; esac
  main=$(systemctl show -p ExecMainPID --value "$1") now=$(current_try "$1")
  # lists the tries in order, each with the process that wrote most in it: its main process if that wrote anything. A
  # process may exit before the journal can tell its unit; then only lines that systemd itself marked (UNIT,
  # INVOCATION_ID) belong to the try
  tries=$(journalctl -q -b --no-pager ${3:+--since "@$3"} -n 1000 -o export --output-fields=_PID,_SYSTEMD_INVOCATION_ID,INVOCATION_ID \
    "_SYSTEMD_UNIT=$said_of" + "UNIT=$said_of" 2>/dev/null |
    awk -F = -v main="$main" -v old="$4" '
      $1 == "_PID" { pid = $2 }
      $1 == "_SYSTEMD_INVOCATION_ID" || $1 == "INVOCATION_ID" { try = $2 }
      $0 == "" { entry() }
      function entry() {
        if (try != "" && try != old && pid != 1) {
          if (!(try in most)) order[++n] = try
          said[try, pid]++
          if (pid == main || (own[try] "" != main "" && said[try, pid] >= most[try] + 0)) { own[try] = pid; most[try] = said[try, pid] }
        }
        try = pid = ""
      }
      END {
        entry()
        for (i = 1; i <= n; i++) print order[i] ":" own[order[i]]
      }')
  # the last three finished tries: leaves out any that was in progress before they were listed, or has started since
  over=$(printf '%s\n' "$tries" | grep -v -e "^${now:-none}:" -e "^$(current_try "$1" | grep . || echo none):" | tail -n 3 | tac)
  [ -n "$over" ] || over=$(printf '%s\n' "$tries" | tail -n 1)
  words='' strength=-1
  for try in $over; do
    for process in "_PID=${try#*:}" ''; do
      # shellcheck disable=SC2086 # no word where it is empty
      found=$(journalctl -q --no-pager -o cat -n 300 "_SYSTEMD_INVOCATION_ID=${try%%:*}" $process \
        ${process:+ + "INVOCATION_ID=${try%%:*}" $process} 2>/dev/null | pick_words "$2")
      how=$(printf '%s\n' "$found" | head -n 1)
      [ "$how" -le "$strength" ] || words=$(printf '%s\n' "$found" | tail -n +2) strength=$how
      [ "$how" -eq 0 ] || break 2
    done
  done
  # no try is known: none began, or none was noticed
  [ -n "$words" ] || words=$(said_about "$said_of" "$3" "$4" | pick_words "$2" | tail -n +2)
  [ -z "$words" ] || printf '%s\n' "$words"
}
