// SPDX-License-Identifier: LGPL-2.1-or-later
// The matrix itself.
#include "faults/cell.h"

namespace airforce::test {
namespace {

// What can happen to any request.
const std::vector<std::string> kFaults = {
    "refuse=0.7",
    "reset-before",
    "close-before",
    "lost-answer",
    "reset-after=10",
    "close-after=10",
    "reset-end",
    "stall-before",
    "stall-after=10",
    "status=400",
    "status=401",
    "status=402",
    "status=403",
    "status=404",
    "status=409",
    "status=422",
    "status=429",
    "status=429,retry-after=1",
    "status=429,retry-after=date:1",
    "status=429,retry-after=99999999999999999999",
    "status=500",
    "status=502",
    "status=503",
    "status=503,retry-after=1",
    "status=504",
    "status=500,body=html,content-type=text/html",
    "body=html,content-type=text/html",
    "body=empty",
    "body=cut",
    "body=wrong-types",
    "body=huge",
    "redirect=same",
    "redirect=other",
    "redirect=loop",
    "drip-head=20",
    "endless=102",
    "endless=head",
    "endless=body",
};

// What else can happen to one.
const std::vector<std::pair<std::string, std::string>> kSpecial = {
    // What stands before the service gives up, and the create is carried out later or never.
    {"create", "gateway=0.3"},
    {"create", "gateway=0.3,late=0.6"},
    {"create", "gateway=0.3,late=2"},
    {"create", "gateway=0.3,status=502,late=0.6"},
    {"create", "gateway=0.3,status=524,late=2"},
    {"create", "reset-before,late=0.5"},
    {"create", "close-before,late=2"},
    {"create", "late=2"},
    // Answers to a create that are no answer.
    {"create", "status=200,error=upstream_error"},
    {"create", "drop=task_id"},
    {"create", "rename=task_id:id"},
    {"create", "set=task_id:null"},
    {"create", "set=task_id:\"vid_of_nobody\""},
    // Refusals with a code.
    {"create", "error=insufficient_balance"},
    {"create", "error=free_tier_gated"},
    {"create", "error=email_verification_required"},
    {"create", "error=model_not_found"},
    {"create", "error=unknown_model"},
    {"create", "error=account_temporarily_locked"},
    {"create", "status=429,retry-in-body=1"},
    // Every answer of the service in another form.
    {"any", "times-as=milliseconds"},
    {"any", "times-as=iso"},
    {"any", "times-as=text"},
    {"any", "statuses-as=capitals"},
    {"any", "statuses-as=synonyms"},
    {"any", "number-ids"},
    {"any", "wrap=task"},
    {"any", "set=cost_cents:\"200\""},
    {"any", "set=duration_seconds:5.04"},
    {"any", "set=progress:{}"},
    {"any", "drop=created"},
    {"any", "gzip"},
    {"task", "failed,message=the picture was refused"},
    {"task", "failed,refund=silent"},
    {"task", "failed,refund=none"},
    {"task", "charge=900"},
    {"task", "url-late=1"},
    {"task", "url=relative"},
    {"task", "url=scheme-relative"},
    {"task", "expired"},
    {"poll", "unknown-status"},
    {"poll", "backwards"},
    {"poll", "status=404,for=1"},
    {"poll", "status=404,body=html,for=1"},
    {"confirm", "status=404,for=1"},
    {"confirm", "status=404,body=html,for=1"},
    {"stream", "one-event"},
    {"stream", "error-event"},
    {"stream", "drip=50"},
    {"stream", "unknown-status"},
    {"stream", "backwards"},
    {"stream", "line-ends=cr"},
    {"stream", "bom"},
    {"stream", "comments"},
    {"stream", "no-final"},
    {"stream", "cut-character"},
    {"stream", "retry=999999999"},
    {"stream", "huge-line=3000000"},
    {"stream", "content-type=text/plain"},
    {"download", "no-range"},
    {"download", "no-length"},
    {"download", "wrong-length=+1000"},
    {"download", "wrong-length=-1000"},
    {"download", "other-range=+1000"},
    {"download", "etag-changes"},
    {"download", "url-expires"},
    {"download", "url-expires=100000"},
    {"download", "truncated=100000"},
    {"download", "drip=200000"},
};

// A download that gets 10 bytes further with each connection continues, and would take all day.
std::string of_a_clips_size(const std::string& fault) {
  const std::string after = "-after=10";
  return fault.ends_with(after) ? fault.substr(0, fault.size() - 2) + "120000" : fault;
}

}  // namespace

std::vector<Cell> all_cells() {
  std::vector<Cell> cells;
  for (const char* step :
       {"models", "create", "stream", "poll", "confirm", "list", "download", "delete"}) {
    for (const std::string& any : kFaults) {
      const std::string fault = std::string(step) == "download" ? of_a_clips_size(any) : any;
      cells.push_back({step, fault, true});
      cells.push_back({step, fault, false});
    }
  }
  for (const auto& [step, fault] : kSpecial) {
    cells.push_back({step, fault, step != "any"});
    if (step != "task" && step != "any") cells.push_back({step, fault, false});
  }
  return cells;
}

}  // namespace airforce::test
