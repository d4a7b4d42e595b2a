"""What are simulated people called, and where do they live? Frequent names first: a name's rank makes its frequency."""

from __future__ import annotations

__all__ = ["AREAS", "FAMILY", "MEN", "NICKNAMES", "PLACES", "STREETS", "STREET_KINDS", "WOMEN"]

_MEN = (
    "James Robert John Michael David William Richard Joseph Thomas Christopher Charles Daniel Matthew Anthony Mark Steven "
    "Donald Andrew Joshua Paul Kenneth Kevin Brian Timothy Ronald Jason George Edward Jeffrey Ryan Jacob Nicholas Gary "
    "Eric Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Alexander Patrick Frank Raymond Jack Dennis "
    "Jerry Tyler Aaron Jos\u00e9 Adam Nathan Henry Zachary Douglas Peter Kyle Noah Ethan Jeremy Walter Christian Keith "
    "Roger Terry Austin Sean Gerald Carl Harold Dylan Arthur Lawrence Jordan Jesse Bryan Billy Bruce Gabriel Joe Logan "
    "Juan Albert Willie Randy Eugene Vincent Philip Bobby Johnny Bradley J\u00fcrgen Andr\u00e9 Jes\u00fas S\u00f8ren"
)
MEN = tuple(_MEN.split())
_WOMEN = (
    "Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Betty Sandra Margaret Ashley "
    "Kimberly Emily Donna Michelle Carol Amanda Melissa Deborah Stephanie Dorothy Rebecca Sharon Laura Cynthia Amy "
    "Kathleen Angela Shirley Brenda Emma Anna Pamela Nicole Samantha Katherine Christine Helen Debra Rachel Carolyn "
    "Janet Maria Catherine Heather Diane Olivia Julie Joyce Victoria Ruth Virginia Lauren Kelly Christina Joan Evelyn "
    "Judith Andrea Hannah Megan Cheryl Jacqueline Martha Madison Teresa Gloria Sara Janice Ann Kathryn Abigail Sophia "
    "Frances Jean Alice Judy Isabella Julia Grace Amber Denise Danielle Marilyn Beverly Charlotte Zo\u00eb Ren\u00e9e "
    "Bj\u00f6rk In\u00e9s Chlo\u00e9"
)
WOMEN = tuple(_WOMEN.split())
_FAMILY = (
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson Anderson "
    "Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young "
    "Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter "
    "Roberts G\u00f3mez Phillips Evans Turner D\u00edaz Parker Cruz Edwards Collins Reyes Stewart Morris Morales Murphy Cook "
    "Rogers Guti\u00e9rrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson Watson Brooks "
    "Ch\u00e1vez Wood James Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Long Ross Foster "
    "Jimenez Powell Jenkins Perry Russell Sullivan Bell Coleman Butler Henderson Barnes Gonzales Fisher Vasquez Simmons "
    "Romero Jordan Patterson Alexander Hamilton Graham Reynolds Griffin Wallace Moreno West Cole Hayes Bryant Herrera "
    "Gibson Ellis Tran Medina Aguilar Stevens Murray Ford Castro Marshall Owens Harrison Fernandez McDonald Woods "
    "Washington Kennedy Wells Vargas Henry Chen Freeman Webb Tucker Guzman Burns Crawford Olson Simpson Porter Hunter "
    "Gordon Mendez Silva Shaw Snyder Mason Dixon Mu\u00f1oz Hunt Hicks Holmes Palmer Wagner Black Robertson Boyd Rose Stone "
    "Salazar Fox Warren Mills Meyer Rice Schmidt Garza Daniels Ferguson Nichols Stephens Soto Weaver Ryan Gardner Payne "
    "Grant Dunn Kelley Spencer Hawkins Arnold Pierce Hansen Peters Santos Hart Bradley Knight Elliott Cunningham Duncan "
    "Armstrong Hudson Carroll Lane Riley Andrews Alvarado Ray Delgado Berry Perkins Hoffman Johnston Matthews Pe\u00f1a "
    "Richards Contreras Willis Carpenter Lawrence Sandoval M\u00fcller Sch\u00e4fer O'Brien O'Neill Test Null VanDyke"
)
FAMILY = tuple(_FAMILY.split())
NICKNAMES = {
    "James": "Jim", "Robert": "Bob", "Michael": "Mike", "William": "Bill", "Richard": "Rick", "Joseph": "Joe",
    "Thomas": "Tom", "Christopher": "Chris", "Charles": "Chuck", "Daniel": "Dan", "Matthew": "Matt", "Anthony": "Tony",
    "Steven": "Steve", "Andrew": "Andy", "Joshua": "Josh", "Kenneth": "Ken", "Timothy": "Tim", "Edward": "Ed",
    "Benjamin": "Ben", "Samuel": "Sam", "Patricia": "Pat", "Jennifer": "Jen", "Elizabeth": "Liz", "Susan": "Sue",
    "Margaret": "Peggy", "Kimberly": "Kim", "Deborah": "Debbie", "Rebecca": "Becky", "Katherine": "Kate",
    "Pamela": "Pam", "Christine": "Chris", "Victoria": "Vicky", "Catherine": "Cathy",
}  # fmt: skip
_STREETS = (
    "Oak Maple Main Park Cedar Pine Elm Washington Lake Hill Walnut Spring North Ridge Church Willow Mill Sunset Railroad "
    "Jackson Cherry Highland Johnson Dogwood Chestnut Meadow Spruce Franklin Jefferson River Center Poplar Lincoln Forest "
    "Hickory Lakeview Madison Birch College Green Valley Sycamore Locust Broad Monroe Adams Magnolia Laurel Grant Vine"
)
STREETS = tuple(_STREETS.split())
STREET_KINDS = (("Street", "St"), ("Avenue", "Ave"), ("Road", "Rd"), ("Drive", "Dr"), ("Lane", "Ln"), ("Court", "Ct"))
# place, state, postcodes; made up, like everybody who lives there
PLACES = (
    ("Fairmont", "OH", ("45001", "45002", "45003", "45004")),
    ("Milbrook", "OH", ("45110", "45112")),
    ("Lakeside", "KY", ("41015", "41016", "41018")),
    ("Ashby", "OH", ("45230",)),
    ("St. Clair", "KY", ("41099",)),
    ("New Harbor", "IN", ("47001", "47006")),
)
_AREAS = (
    "201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 228 229 231 234 239 240 248 251 252 253 "
    "254 256 260 262 267 269 270 272 274 276 281 283 301 302 303 304 305 307 308 309 310 312 313 314 315 316 317 318 319 "
    "320 321 323 325 330 331 334 336 337 339 340 346 347 351 352 360 361 385 386 401 402 404 405 406 407 408 409 410 412 "
    "413 414 415 417 419 423 424 425 430 432 434 435 440 443 458 469 470 475 478 479 480 484 501 502 503 504 505 507 508 "
    "509 510 512 513 515 516 517 518 520 530 540 541 551 559 561 562 563 567 570 571 573 574 575 580 585 586 601 602"
)
AREAS = tuple(_AREAS.split())
