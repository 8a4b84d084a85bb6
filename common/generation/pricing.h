// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "generation/budget.h"
#include "generation/generation_context.h"
#include "generation/inputs.h"

namespace airforce {

struct Offer {
  Price price;
  std::vector<std::string> models;  // ids; empty where they can't be listed
};

// Checks the request against what the models offer, and its price against the ceilings, as far as
// the service can be asked; reports the price. Throws Error.
Offer look_up_price(const GenerationContext& context, const Inputs& inputs);

// The price of a request that was sent earlier; unset where it can't be looked up.
Price price_as_of_now(const GenerationContext& context, const Inputs& inputs);

}  // namespace airforce
