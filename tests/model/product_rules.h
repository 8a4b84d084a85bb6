// SPDX-License-Identifier: LGPL-2.1-or-later
// The product's own decisions about the states of the model.
#pragma once

#include <vector>

#include "generation/create_policy.h"
#include "purchase_model.h"
#include "store/claim_rules.h"
#include "values/error.h"

namespace airforce::model {

inline constexpr std::int64_t kNow = 1'715'000'000;

// The product's rule over the rows but `except`.
ClaimChoice choose(const std::vector<Row>& rows, std::vector<Intent>& intents, Byte except);
bool nothing_is_available(const std::vector<Row>& rows, Byte except);

Error answered(int status);
// The answers to a create that carry no task id.
const std::vector<Error>& answers_without_a_task();
// Whether the service may have carried out, or may still carry out, what it answered so.
bool says_nothing_of_the_task(const Error& error);

// What the list shows, without what the store knows.
std::vector<Task> unknown_tasks(const World& world, bool echoed_prompts);
LostCreate lost_create();

}  // namespace airforce::model
