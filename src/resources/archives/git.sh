# shellcheck disable=SC2154 # tab, begun: set by git.ts

# git_as USER WORD …: git that never prompts for a password, gives up on a silent link, and takes no repository above
# the checkout for the checkout's own.
git_as() {
  user=$1
  shift
  home=$(getent passwd "$user" | cut -d: -f6)
  [ -n "$home" ] || {
    echo "there is no user $user" >&2
    return 1
  }
  # shellcheck disable=SC2086 # patience: words, or none
  set -- env HOME="$home" GIT_TERMINAL_PROMPT=0 GIT_OPTIONAL_LOCKS=0 GIT_CEILING_DIRECTORIES="$above" GIT_HTTP_LOW_SPEED_LIMIT=100 GIT_HTTP_LOW_SPEED_TIME=60 \
    GIT_SSH_COMMAND='ssh -o BatchMode=yes -o ConnectTimeout=20' $patience git "$@"
  if [ "$user" = root ]; then "$@"; else runuser -u "$user" -- "$@"; fi
}

# The line that says why a remote did not answer; git's own last lines say the same of everything.
why_unread() {
  sed '/^fatal: Could not read from remote repository/d; /^Please make sure you have the correct access/d; /^and the repository exists/d' | grep . | tail -n 1
}

# look_at_checkout PATH USER URL REVISION: prints the current commit, and where a movable revision points now; with an
# empty REVISION, does not ask the remote.
look_at_checkout() {
  patience='' above=${1%/*}/
  if [ ! -e "$1" ] && [ ! -L "$1" ]; then
    printf '%s\tabsent\n' "$1"
    return
  elif [ ! -d "$1/.git" ]; then
    if [ -d "$1" ] && [ -z "$(ls -A -- "$1")" ]; then printf '%s\tabsent\n' "$1"; else printf '%s\tother\n' "$1"; fi
    return
  fi
  owner=$(stat -c %U -- "$1/.git")
  printf '%s\towner\t%s\n' "$1" "$owner"
  if ! command -v git >/dev/null || ! getent passwd "$owner" >/dev/null; then return; fi
  is=$(git_as "$owner" -C "$1" rev-parse -q --verify HEAD 2>/dev/null) || is=
  url=$(git_as "$owner" -C "$1" config --get remote.origin.url) || url=
  if changed=$(git_as "$owner" -C "$1" status --porcelain --untracked-files=no 2>/dev/null); then
    changed=$(printf %s "$changed" | grep -c .) || :
  else
    changed=damaged
  fi
  [ "$changed" = 0 ] || ! git_as "$owner" -C "$1" rev-parse -q --verify "$begun" >/dev/null 2>&1 || changed=begun
  printf '%s\tis\t%s\t%s\t%s\n' "$1" "$is" "$url" "$changed"
  [ -n "$4" ] || return 0
  patience='timeout 40'
  if refs=$(git_as "$2" ls-remote -q -- "$3" "refs/heads/$4" "refs/tags/$4" "refs/tags/$4^{}" 2>&1); then
    refs=$(printf '%s\n' "$refs" | grep "${tab}refs/" | sort -k2 | tail -n 1)
    printf '%s\tremote\t%s\n' "$1" "${refs%%"$tab"*}"
  else
    printf '%s\t!\t%s cannot be asked for %s: %s\n' "$1" "$3" "$4" "$(printf '%s\n' "$refs" | why_unread)"
  fi
}

# bring_checkout FOLDER USER URL REVISION: FOLDER belongs to the user. The old checkout stays until everything is
# fetched.
bring_checkout() {
  patience='' above=${1%/*}/
  if [ -d "$1/.git" ]; then mend_repository "$1" "$2"; else git_as "$2" -C "$1" init -q; fi
  ! take_revision "$@" || return 0
  # a repository that lacks objects is made again; nothing helps if it is whole
  ! git_as "$2" -C "$1" fsck --connectivity-only >/dev/null 2>&1 || return 1
  rm -rf "$1/.git"
  git_as "$2" -C "$1" init -q
  take_revision "$@"
}

# mend_repository FOLDER USER: a power cut leaves locks, and empty files that git cannot read.
mend_repository() {
  grep -qsx git /proc/[0-9]*/comm || find "$1/.git" -name '*.lock' -type f -delete
  ! git_as "$2" -C "$1" status >/dev/null 2>&1 || return 0
  rm -f "$1/.git/HEAD" "$1/.git/index"
  git_as "$2" -C "$1" init -q
}

# in_the_way FOLDER USER COMMIT: prints the first file that git does not track, and COMMIT would replace by another.
# A checkout without a commit is a new one, or one that is made again.
in_the_way() {
  ours() { git_as "$user" -C "$folder" "$@"; }
  folder=$1 user=$2
  ours rev-parse -q --verify HEAD >/dev/null 2>&1 || return 0
  {
    ours ls-tree -r --full-tree HEAD 2>/dev/null | sed 's/^/is /'
    ours ls-tree -r --full-tree "$3" | sed 's/^/to /'
    ours ls-files -o | sed 's/^/other /'
  } | awk -F "$tab" '
    function up(path) { return sub(/\/[^\/]*$/, "", path) ? path : "" }
    /^is / { is[$2] = 1; next }
    /^to / { split($1, word, " "); to[$2] = word[4]; for (at = up($2); at != ""; at = up(at)) above[at] = 1; next }
    {
      path = substr($0, 7); hash = path in to ? to[path] : path in above ? "none" : ""
      for (at = up(path); hash == "" && at != ""; at = up(at)) if (at in to) hash = "none"
      if (hash != "" && !(path in is)) print hash, path
    }' | while read -r hash path; do
    [ "$(ours hash-object -- "$path" 2>/dev/null)" = "$hash" ] || {
      echo "$path"
      break
    }
  done
}

# take_revision FOLDER USER URL REVISION: every step is checked, because the caller's `set -e` does not hold here
take_revision() {
  git_as "$2" -C "$1" config remote.origin.url "$3" || return 1
  git_as "$2" -C "$1" cat-file -e "$4^{commit}" 2>/dev/null && commit=$4 || commit=
  case $commit in
  ????????????????????????????????????????) ;;
  *)
    git_as "$2" -C "$1" fetch -q --force --prune --tags origin '+refs/heads/*:refs/remotes/origin/*' || return 1
    # the same names that look_at_checkout asks for, or a whole commit
    case $4 in *[!0-9a-f]*) ref= ;; ????????????????????????????????????????) ref=$4 ;; *) ref= ;; esac
    for ref in "refs/tags/$4" "refs/remotes/origin/$4" $ref; do
      if commit=$(git_as "$2" -C "$1" rev-parse -q --verify "$ref^{commit}"); then break; fi
    done
    ;;
  esac
  [ -n "$commit" ] || {
    echo "$3 has no branch and no tag $4; a commit is written with all of its 40 digits, a branch without \"origin/\"" >&2
    return 1
  }
  # what a killed run has written is in nobody's way
  if ! git_as "$2" -C "$1" rev-parse -q --verify "$begun" >/dev/null 2>&1; then
    way=$(in_the_way "$1" "$2" "$commit")
    [ -z "$way" ] || {
      echo "$1/$way is not of the checkout, and $4 would replace it; move it away and run again" >&2
      return 1
    }
    git_as "$2" -C "$1" update-ref "$begun" "$commit" || return 1
  fi
  git_as "$2" -C "$1" -c advice.detachedHead=false checkout -q --force --detach "$commit" || return 1
  git_as "$2" -C "$1" update-ref -d "$begun"
}
